//! Makes a failing program smaller as long as it keeps failing.

use super::program::{Program, SeenProfile};

/// Runs a program: in what the two runs differ, or `None` if that cannot be said.
pub type Check<'a> = &'a mut dyn FnMut(&Program) -> Option<Vec<String>>;

/// The smallest program found that still fails.
#[must_use]
pub fn minimise(check: Check<'_>, failing: &Program) -> Program {
    let mut best = failing.clone();
    loop {
        let size = |program: &Program| {
            (
                program.items.len(),
                set_registers(program),
                options(program),
            )
        };
        let before = size(&best);
        remove_items(check, &mut best);
        simplify_config(check, &mut best);
        clear_registers(check, &mut best);
        if size(&best) == before {
            return best;
        }
    }
}

fn set_registers(program: &Program) -> usize {
    program
        .x
        .iter()
        .chain(&program.f)
        .filter(|&&value| value != 0)
        .count()
        + usize::from(program.fcsr != 0)
}

fn options(program: &Program) -> usize {
    let config = &program.config;
    usize::from(config.probes.is_some())
        + usize::from(config.profile != SeenProfile::Counted)
        + usize::from(config.link)
        + usize::from(config.tier_up)
        + usize::from(config.request.is_some())
        + usize::from(config.resume)
}

/// Takes `candidate` if it still fails.
fn attempt(check: Check<'_>, best: &mut Program, candidate: Program) -> bool {
    let fails =
        candidate != *best && check(&candidate).is_some_and(|differences| !differences.is_empty());
    if fails {
        *best = candidate;
    }
    fails
}

/// Halves first, then quarters, down to single items.
fn remove_items(check: Check<'_>, best: &mut Program) {
    let mut chunk = best.items.len().div_ceil(2);
    while chunk > 0 {
        let mut at = 0;
        while at < best.items.len() {
            let mut candidate = best.clone();
            candidate
                .items
                .drain(at..(at + chunk).min(best.items.len()));
            if !attempt(check, best, candidate) {
                at += chunk;
            }
        }
        chunk /= 2;
    }
}

fn simplify_config(check: Check<'_>, best: &mut Program) {
    let simpler: [fn(&mut Program); 12] = [
        |program| program.config.probes = None,
        |program| program.config.probes = program.config.probes.map(|seed| seed & !1),
        |program| program.config.profile = SeenProfile::Counted,
        |program| program.config.tier_up = false,
        |program| program.config.link = false,
        |program| program.config.max_block_insns = 64,
        |program| program.config.request = None,
        |program| program.config.resume = false,
        |program| program.config.shared_memory = true,
        |program| program.config.max_region_insns = 2000,
        |program| program.config.stop_at_regions = false,
        |program| program.start = super::program::CODE_PAGE,
    ];
    for simplify in simpler {
        let mut candidate = best.clone();
        simplify(&mut candidate);
        attempt(check, best, candidate);
    }
}

fn clear_registers(check: Check<'_>, best: &mut Program) {
    for register in 0..32 {
        let mut candidate = best.clone();
        candidate.x[register] = 0;
        attempt(check, best, candidate);
        let mut candidate = best.clone();
        candidate.f[register] = 0;
        attempt(check, best, candidate);
    }
    let mut candidate = best.clone();
    candidate.fcsr = 0;
    attempt(check, best, candidate);
}
