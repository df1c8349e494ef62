//! Which parts of the plugin's state a lifted function accesses.

use rustc_hash::FxHashMap;

use super::{Address, BinaryOp, Part, STATE, Step, Value, is_state};

/// Bytes from one offset up to another.
pub(in crate::backend) type Span = (i64, i64);

/// See the module's documentation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::backend) struct Accesses {
    /// Offsets of the 64-bit words that are only ever accessed as such, and at constant offsets, by
    /// a function that does not fork.
    pub(in crate::backend) words: Vec<i32>,
    /// Those of them that are stored to, and by how much each is greater then, if by a constant.
    pub(in crate::backend) stored_words: Vec<(i32, Option<u64>)>,
    /// Where it accesses anything else; `None` for anywhere.
    pub(in crate::backend) spans: Option<Vec<Span>>,
}

/// The offset, if an access is to a word of the state at a constant and aligned one.
fn word(bytes: u8, address: Address) -> Option<i32> {
    (bytes == 8 && is_state(address.base) && address.index.is_none() && address.offset % 8 == 0)
        .then_some(address.offset)
}

/// Least and greatest of what a value may be, as a signed number.
fn bounds(steps: &[Step], value: Value) -> Option<Span> {
    let all_of = |bytes: u8| (bytes < 8).then(|| (0, (1 << (8 * bytes)) - 1));
    match steps[usize::from(value)] {
        Step::Constant(constant) => Some((constant as i64, constant as i64)),
        Step::Load { bytes, .. } => all_of(bytes),
        Step::Compare(..) => Some((0, 1)),
        Step::Select(_, a, b) => {
            let (a, b) = (bounds(steps, a)?, bounds(steps, b)?);
            Some((a.0.min(b.0), a.1.max(b.1)))
        }
        Step::Extend {
            bytes,
            signed: false,
            value,
        } => match (bounds(steps, value), all_of(bytes)) {
            (Some((low, high)), Some((_, all))) if low >= 0 && high <= all => Some((low, high)),
            (_, all) => all,
        },
        Step::Binary(op, a, b) => {
            let (a, b) = (bounds(steps, a), bounds(steps, b));
            let positive = |of: Option<Span>| of.filter(|&(low, _)| low >= 0).map(|(_, high)| high);
            match op {
                BinaryOp::And => {
                    let limits = [positive(a), positive(b)];
                    Some((0, limits.into_iter().flatten().min()?))
                }
                BinaryOp::Add => Some((a?.0.checked_add(b?.0)?, a?.1.checked_add(b?.1)?)),
                BinaryOp::Mul => Some((0, positive(a)?.checked_mul(positive(b)?)?)),
                BinaryOp::Shl => {
                    let (count, limit) = (positive(b)?, positive(a)?);
                    let factor = 1_i64.checked_shl(count as u32)?;
                    Some((0, limit.checked_mul(factor)?))
                }
                BinaryOp::Shr => {
                    let (least, limit) = (b?.0, positive(a)?);
                    (0..64).contains(&least).then(|| (0, limit >> least))
                }
                _ => None,
            }
        }
        Step::Argument(_) | Step::Extend { .. } | Step::Store { .. } => None,
    }
}

/// Where an address in the state may be, relative to the state.
fn offsets(steps: &[Step], value: Value) -> Option<Span> {
    match steps[usize::from(value)] {
        Step::Argument(STATE) => Some((0, 0)),
        Step::Binary(BinaryOp::Add, a, b) => {
            let by_first = || Some((offsets(steps, a)?, bounds(steps, b)?));
            let by_second = || Some((offsets(steps, b)?, bounds(steps, a)?));
            let (start, by) = by_first().or_else(by_second)?;
            Some((start.0.checked_add(by.0)?, start.1.checked_add(by.1)?))
        }
        _ => None,
    }
}

fn span(steps: &[Step], bytes: u8, address: Address) -> Option<Span> {
    let (mut low, mut high) = offsets(steps, address.base)?;
    if let Some((index, shift)) = address.index {
        let by = bounds(steps, index)?;
        low = low.checked_add(by.0.checked_mul(1 << shift)?)?;
        high = high.checked_add(by.1.checked_mul(1 << shift)?)?;
    }
    let offset = i64::from(address.offset);
    let end = high.checked_add(offset)?.checked_add(i64::from(bytes))?;
    Some((low.checked_add(offset)?, end))
}

/// Adds the spans of all accesses on the ways through `part`, before which `steps` were done.
fn add_spans(part: &Part, mut steps: Vec<Step>, spans: &mut Option<Vec<Span>>) {
    steps.extend(&part.steps);
    for step in &part.steps {
        let (bytes, address) = match *step {
            Step::Load {
                bytes,
                address,
                shared: false,
            }
            | Step::Store { bytes, address, .. } => (bytes, address),
            _ => continue,
        };
        match (span(&steps, bytes, address), &mut *spans) {
            (Some(span), Some(spans)) => spans.push(span),
            _ => *spans = None,
        }
    }
    for arm in part.fork.iter().flat_map(|fork| &fork.arms) {
        add_spans(arm, steps.clone(), spans);
    }
}

/// By how much the words that are stored to are greater then, if by a constant.
fn increments(steps: &[Step]) -> FxHashMap<i32, Option<u64>> {
    let mut increments = FxHashMap::default();
    // What the loads of words so far have yielded.
    let mut loaded: FxHashMap<usize, (i32, u64)> = FxHashMap::default();
    for (index, step) in steps.iter().enumerate() {
        match *step {
            Step::Load { bytes, address, .. } => {
                if let Some(word) = word(bytes, address)
                    && let Some(increment) = *increments.get(&word).unwrap_or(&Some(0))
                {
                    loaded.insert(index, (word, increment));
                }
            }
            Step::Store {
                bytes,
                address,
                value,
            } => {
                if let Some(word) = word(bytes, address) {
                    let (mut value, mut sum) = (usize::from(value), 0_u64);
                    while let Step::Binary(BinaryOp::Add, a, b) = steps[value]
                        && let Step::Constant(amount) = steps[usize::from(b)]
                    {
                        (value, sum) = (usize::from(a), sum.wrapping_add(amount));
                    }
                    let old = loaded.get(&value).filter(|&&(of, _)| of == word);
                    increments.insert(word, old.map(|&(_, increment)| increment.wrapping_add(sum)));
                }
            }
            _ => {}
        }
    }
    increments
}

impl Accesses {
    /// Those of a function.
    pub(super) fn of(body: &Part) -> Accesses {
        match &body.fork {
            None => Accesses::of_line(&body.steps),
            // What is in a register at the end would depend on the way.
            Some(_) => {
                let mut spans = Some(Vec::new());
                add_spans(body, Vec::new(), &mut spans);
                Accesses {
                    spans,
                    ..Accesses::default()
                }
            }
        }
    }

    /// Those of a function that does not fork.
    fn of_line(steps: &[Step]) -> Accesses {
        let accesses = || {
            steps.iter().filter_map(|step| match *step {
                Step::Load {
                    bytes,
                    address,
                    shared: false,
                } => Some((bytes, address, false)),
                Step::Store { bytes, address, .. } => Some((bytes, address, true)),
                _ => None,
            })
        };
        let mut spans = Some(Vec::new());
        for (bytes, address, _) in accesses() {
            if word(bytes, address).is_some() {
                continue;
            }
            match (span(steps, bytes, address), &mut spans) {
                (Some(span), Some(spans)) => spans.push(span),
                _ => spans = None,
            }
        }
        let Some(mut spans) = spans else {
            return Accesses::default();
        };
        let (mut words, mut stored_words) = (Vec::new(), Vec::new());
        let increments = increments(steps);
        let others = spans.clone();
        for (bytes, address, is_store) in accesses() {
            let Some(word) = word(bytes, address) else {
                continue;
            };
            let (start, end) = (i64::from(word), i64::from(word) + 8);
            if others.iter().any(|&(low, high)| low < end && start < high) {
                spans.push((start, end));
                continue;
            }
            if !words.contains(&word) {
                words.push(word);
            }
            if is_store && stored_words.iter().all(|&(stored, _)| stored != word) {
                stored_words.push((word, increments.get(&word).copied().flatten()));
            }
        }
        Accesses {
            words,
            stored_words,
            spans: Some(spans),
        }
    }
}
