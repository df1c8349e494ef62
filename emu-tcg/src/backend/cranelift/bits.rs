//! Values as sums of the bits of another: what shows that a chain of shifts, masks and sums counts bits
//! or moves them.
//!
//! A [`Form`] says that a value is Σ cᵢ·xᵢ modulo 2⁶⁴, or that its low word is modulo 2³², where xᵢ is bit i of
//! its *source*. Sums and multiples of such values are such values. So are their parts, where no sum of lower bits
//! carries into a part, which is always so if each bit of the value is a bit of the source (*disjoint*
//! coefficients).
//!
//! Not here: which values have forms, and what is made of them (`lower/bits.rs`).

/// Bits of a word.
pub(super) const WORD: u32 = 32;
const ALL: u32 = 64;
const LOW_WORD: u64 = 0xffff_ffff;

/// See the module's documentation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Form {
    coefficients: [u64; 64],
    /// How many bits of the value it describes: all, or those of a word. Coefficients have no others.
    width: u32,
    /// No two coefficients have a bit in common.
    disjoint: bool,
}

/// The low `count` bits.
fn low_bits(count: u32) -> u64 {
    if count < ALL {
        (1 << count) - 1
    } else {
        u64::MAX
    }
}

fn sign_extended_word(value: u64) -> u64 {
    value as i32 as u64
}

impl Form {
    /// The source itself.
    pub(super) fn identity() -> Form {
        Form {
            coefficients: std::array::from_fn(|i| 1 << i),
            width: ALL,
            disjoint: true,
        }
    }

    fn new(mut coefficients: [u64; 64], width: u32) -> Form {
        if width < ALL {
            for coefficient in &mut coefficients {
                *coefficient &= low_bits(width);
            }
        }
        let (mut seen, mut twice) = (0, 0);
        for coefficient in &coefficients {
            twice |= seen & coefficient;
            seen |= coefficient;
        }
        Form {
            coefficients,
            width,
            disjoint: twice == 0,
        }
    }

    /// All coefficients changed, by a function that is linear over disjoint ones.
    fn map(&self, change: impl Fn(u64) -> u64) -> [u64; 64] {
        self.coefficients.map(change)
    }

    /// The coefficients, if they describe all bits.
    pub(super) fn coefficients(&self) -> Option<&[u64; 64]> {
        (self.width == ALL).then_some(&self.coefficients)
    }

    /// Each bit is a bit of the source, or none.
    pub(super) fn is_disjoint(&self) -> bool {
        self.disjoint
    }

    /// The most that the low `bits` bits of the coefficients add up to.
    fn most(&self, bits: u32) -> u128 {
        let mask = low_bits(bits);
        let low = |&coefficient: &u64| u128::from(coefficient & mask);
        self.coefficients.iter().map(low).sum()
    }

    /// Whether the low `bits` bits never carry into those above.
    fn is_clean(&self, bits: u32) -> bool {
        self.disjoint || self.most(bits) < 1 << bits
    }

    pub(super) fn shl(&self, by: u32) -> Form {
        let whole = self.width == ALL || by >= WORD;
        Form::new(self.map(|c| c << by), if whole { ALL } else { WORD })
    }

    pub(super) fn shr(&self, by: u32) -> Option<Form> {
        let clean = self.width == ALL && self.is_clean(by) && self.is_clean(ALL);
        clean.then(|| Form::new(self.map(|c| c >> by), ALL))
    }

    pub(super) fn and(&self, mask: u64) -> Option<Form> {
        // Where a run of equal bits of the mask begins.
        let mut edges = (mask ^ mask << 1) & low_bits(self.width) & !1;
        while edges != 0 && !self.disjoint {
            if !self.is_clean(edges.trailing_zeros()) {
                return None;
            }
            edges &= edges - 1;
        }
        let part = Form::new(self.map(|c| c & mask), self.width);
        let whole = self.width == ALL || mask <= LOW_WORD && part.is_clean(WORD);
        let width = if whole { ALL } else { WORD };
        Some(Form { width, ..part })
    }

    /// Coefficient by coefficient.
    fn with(&self, other: &Form, combine: impl Fn(u64, u64) -> u64) -> Form {
        let pairs = |i: usize| combine(self.coefficients[i], other.coefficients[i]);
        Form::new(std::array::from_fn(pairs), self.width.min(other.width))
    }

    pub(super) fn add(&self, other: &Form) -> Form {
        self.with(other, u64::wrapping_add)
    }

    pub(super) fn sub(&self, other: &Form) -> Form {
        self.with(other, u64::wrapping_sub)
    }

    pub(super) fn mul(&self, by: u64) -> Form {
        Form::new(self.map(|c| c.wrapping_mul(by)), self.width)
    }

    /// Whether bits that both may have are of the same bit of the source.
    fn agrees(&self, other: &Form) -> bool {
        let all = |form: &Form| form.coefficients.iter().fold(0, |all, c| all | c);
        let common = all(self) & all(other) & low_bits(self.width.min(other.width));
        let mut pairs = self.coefficients.iter().zip(&other.coefficients);
        self.disjoint
            && other.disjoint
            && (common == 0 || pairs.all(|(a, b)| (a ^ b) & common == 0))
    }

    pub(super) fn or(&self, other: &Form) -> Option<Form> {
        self.agrees(other).then(|| self.with(other, |a, b| a | b))
    }

    pub(super) fn xor(&self, other: &Form) -> Option<Form> {
        self.agrees(other).then(|| self.with(other, |a, b| a ^ b))
    }

    /// The low word, sign-extended.
    pub(super) fn sign_extended(&self) -> Form {
        let word = Form::new(self.coefficients, WORD);
        let whole: fn(u64) -> u64 = if word.disjoint {
            sign_extended_word
        } else if word.most(WORD) < 1 << (WORD - 1) {
            |c| c
        } else {
            return word;
        };
        Form::new(word.map(whole), ALL)
    }

    /// The low `bits` bits, at most a word's.
    pub(super) fn zero_extended(&self, bits: u32) -> Option<Form> {
        let part = Form::new(self.coefficients, bits);
        part.is_clean(bits).then_some(Form { width: ALL, ..part })
    }

    /// Of all bits, rotated or otherwise permuted.
    pub(super) fn permuted(&self, permute: impl Fn(u64) -> u64) -> Option<Form> {
        let disjoint = self.width == ALL && self.disjoint;
        disjoint.then(|| Form::new(self.map(permute), ALL))
    }

    /// The bits of the source that are counted, and by how much the count is shifted to the left, if that is
    /// what the value is.
    pub(super) fn count(&self) -> Option<(u64, u32)> {
        let mut counted = 0;
        let mut unit = 0;
        for (i, &coefficient) in self.coefficients()?.iter().enumerate() {
            if coefficient != 0 {
                if unit == 0 {
                    unit = coefficient;
                }
                if coefficient != unit {
                    return None;
                }
                counted |= 1 << i;
            }
        }
        unit.is_power_of_two()
            .then(|| (counted, unit.trailing_zeros()))
    }

    /// What makes this value of one with form `from`, and the same source, if it is one step.
    pub(super) fn moved_from(&self, from: &Form) -> Option<Move> {
        if !self.disjoint || !from.disjoint {
            return None;
        }
        let (to, from) = (self.coefficients()?, from.coefficients()?);
        let first = to.iter().position(|&coefficient| coefficient != 0)?;
        let turn = to[first].trailing_zeros() + ALL - from[first].trailing_zeros();
        let rotation = Move::Rotate(turn % ALL);
        let swaps = [0, 16, 32, 48].into_iter().flat_map(|by| {
            let signed = Move::Swap { by, signed: true };
            [Move::Swap { by, signed: false }, signed]
        });
        std::iter::once(rotation).chain(swaps).find(|step| {
            // Most differ in the first place.
            step.of(from[first]) == to[first]
                && to.iter().zip(from).all(|(&to, &from)| step.of(from) == to)
        })
    }
}

/// Bits of a value moved in one or two instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Move {
    /// To the left by this many places.
    Rotate(u32),
    /// The order of bytes reversed, and then shifted to the right.
    Swap { by: u32, signed: bool },
}

impl Move {
    /// The result.
    pub(super) fn of(self, value: u64) -> u64 {
        match self {
            Move::Rotate(by) => value.rotate_left(by),
            Move::Swap { by, signed: false } => value.swap_bytes() >> by,
            Move::Swap { by, signed: true } => (value.swap_bytes() as i64 >> by) as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// xorshift64*
    struct Random(u64);

    impl Random {
        fn next(&mut self) -> u64 {
            self.0 ^= self.0 >> 12;
            self.0 ^= self.0 << 25;
            self.0 ^= self.0 >> 27;
            self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
        }

        fn below(&mut self, bound: u64) -> u64 {
            (self.next() >> 33) % bound
        }

        fn mask(&mut self) -> u64 {
            let alternating = [
                0x5555_5555_5555_5555,
                0x3333_3333_3333_3333,
                0x0f0f_0f0f_0f0f_0f0f,
                0x00ff_00ff_00ff_00ff,
                0x0000_ffff_0000_ffff,
                LOW_WORD,
                0x7f,
                0xff,
            ];
            let mask = alternating[self.below(8) as usize];
            match self.below(8) {
                0 => !mask,
                1 => mask & LOW_WORD,
                2 => sign_extended_word(mask),
                3 => mask ^ 1 << self.below(64),
                4 => low_bits(self.below(63) as u32 + 1) << self.below(64),
                _ => mask,
            }
        }
    }

    fn holds(form: &Form, source: u64, value: u64) -> bool {
        let bits = (0..64).filter(|i| source >> i & 1 != 0);
        let sum = bits.fold(0_u64, |sum, i| sum.wrapping_add(form.coefficients[i]));
        (sum ^ value) & low_bits(form.width) == 0
    }

    /// Random operations on values of the same source: what forms there are describe the values.
    #[test]
    fn forms_describe_values() {
        const SOURCES: usize = 24;
        let mut random = Random(0x1234_5678_9abc_def1);
        let mut made = [0_u32; 16];
        let (mut counts, mut moves) = (0, 0);
        for _ in 0..4000 {
            let sources: [u64; SOURCES] = std::array::from_fn(|i| match i {
                0 => u64::MAX,
                1 => LOW_WORD,
                2 => 0x8000_0000,
                3 => random.mask(),
                _ => random.next(),
            });
            let mut all = vec![(Form::identity(), sources)];
            for _ in 0..random.below(16) {
                let a = all[(random.below(3) as usize).min(all.len() - 1)].clone();
                let b = all[random.below(all.len() as u64) as usize].clone();
                let shift = [1, 2, 4, 8, 16, 24, 32, 56, 63][random.below(9) as usize];
                let mask = random.mask();
                let by = [3, 0x0101_0101, 0x0101_0101_0101_0101, 0x8000_0000_0000_0001]
                    [random.below(4) as usize];
                let kind = random.below(14) as usize;
                type Operation = Box<dyn Fn(u64, u64) -> u64>;
                let (form, operation): (Option<Form>, Operation) = match kind {
                    0 => (Some(a.0.shl(shift)), Box::new(move |a, _| a << shift)),
                    1 => (a.0.shr(shift), Box::new(move |a, _| a >> shift)),
                    2 | 3 => (a.0.and(mask), Box::new(move |a, _| a & mask)),
                    4 => (Some(a.0.add(&b.0)), Box::new(u64::wrapping_add)),
                    5 => (Some(a.0.sub(&b.0)), Box::new(u64::wrapping_sub)),
                    6 => (Some(a.0.mul(by)), Box::new(move |a, _| a.wrapping_mul(by))),
                    7 => (a.0.or(&b.0), Box::new(|a, b| a | b)),
                    8 => (a.0.xor(&b.0), Box::new(|a, b| a ^ b)),
                    9 => (
                        Some(a.0.sign_extended()),
                        Box::new(|a, _| sign_extended_word(a)),
                    ),
                    10 => (a.0.zero_extended(WORD), Box::new(|a, _| a & LOW_WORD)),
                    11 => (a.0.zero_extended(16), Box::new(|a, _| a & 0xffff)),
                    12 => (
                        a.0.permuted(|c| c.rotate_left(shift)),
                        Box::new(move |a, _| a.rotate_left(shift)),
                    ),
                    _ => (
                        a.0.permuted(u64::swap_bytes),
                        Box::new(|a, _| a.swap_bytes()),
                    ),
                };
                let Some(form) = form else { continue };
                made[kind] += 1;
                let values = std::array::from_fn(|i| operation(a.1[i], b.1[i]));
                for (&source, &value) in sources.iter().zip(&values) {
                    assert!(holds(&form, source, value), "operation {kind}, {source:#x}");
                    if let Some((counted, by)) = form.count() {
                        counts += 1;
                        let count = u64::from((source & counted).count_ones());
                        assert_eq!(count << by, value);
                    }
                }
                for (from, before) in &all {
                    if let Some(step) = form.moved_from(from) {
                        moves += 1;
                        let expected = before.map(|value| step.of(value));
                        assert_eq!(expected, values);
                    }
                }
                all.insert(0, (form, values));
            }
        }
        assert!(made[..14].iter().all(|&made| made > 500), "{made:?}");
        assert!(counts > 1000 && moves > 1000, "{counts} {moves}");
    }

    #[test]
    fn a_population_count_is_one() {
        let x = Form::identity();
        let pairs = x.sub(&x.shr(1).unwrap().and(0x5555_5555_5555_5555).unwrap());
        let mask = 0x3333_3333_3333_3333;
        let nibbles = (pairs.and(mask).unwrap()).add(&pairs.shr(2).unwrap().and(mask).unwrap());
        let bytes = nibbles.add(&nibbles.shr(4).unwrap());
        let bytes = bytes.and(0x0f0f_0f0f_0f0f_0f0f).unwrap();
        let by_product = bytes.mul(0x0101_0101_0101_0101).shr(56).unwrap();
        assert_eq!(by_product.count(), Some((u64::MAX, 0)));
        let halves = bytes.add(&bytes.shr(8).unwrap());
        let words = halves.add(&halves.shr(16).unwrap());
        let sum = words.add(&words.shr(32).unwrap());
        assert_eq!(sum.count(), None);
        assert_eq!(sum.and(0x7f).unwrap().count(), Some((u64::MAX, 0)));
        // 64 does not fit.
        assert_eq!(sum.and(0x3f), None);
        assert_eq!(bytes.mul(0x0101_0101_0101_0101).shr(57), None);
        assert_eq!(pairs.shr(1), None);
    }
}
