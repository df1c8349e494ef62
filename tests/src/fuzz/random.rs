//! Seeded random numbers, and values at which instructions behave in interesting ways.

/// SplitMix64.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// The generator of item `index` of the sequence that `seed` stands for.
    #[must_use]
    pub fn new(seed: u64, index: u64) -> Random {
        let mut this = Random(seed ^ index.wrapping_mul(0xd6e8_feb8_6659_fd93));
        // Neighbouring items start far apart.
        this = Random(this.bits());
        this
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`, which is not 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.bits() % bound
    }

    /// A number from `range`, its end included.
    pub fn between(&mut self, first: u64, last: u64) -> u64 {
        first + self.below(last - first + 1)
    }

    /// True `percent` times out of 100.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of the items.
    pub fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len() as u64) as usize]
    }

    /// An integer: small, at a limit, a run of ones, or anything.
    pub fn integer(&mut self) -> u64 {
        let shift = self.below(64);
        match self.below(8) {
            0 => self.below(16),
            1 => self.below(16).wrapping_neg(),
            2 => (1_u64 << shift).wrapping_add(self.below(3)).wrapping_sub(1),
            3 => u64::MAX >> shift,
            4 => u64::MAX << shift,
            5 => self.bits() >> shift,
            6 => self.bits() as i32 as u64,
            _ => self.bits(),
        }
    }

    /// The content of a floating-point register: a double, a boxed single, or neither.
    pub fn float(&mut self) -> u64 {
        const BOX: u64 = 0xffff_ffff_0000_0000;
        match self.below(10) {
            0..=4 => self.pattern(11, 52),
            5..=8 => BOX | self.pattern(8, 23),
            _ => self.bits(),
        }
    }

    /// A bit pattern of a binary format, its exponent often where something happens.
    fn pattern(&mut self, exponent_bits: u32, fraction_bits: u32) -> u64 {
        let special = (1 << exponent_bits) - 1;
        let bias = special / 2;
        let exponent = match self.below(10) {
            0 => 0,
            1 => self.below(3),
            2 => special,
            3 => special - 1 - self.below(2),
            4 => bias + self.below(66),
            5..=7 => bias - 3 + self.below(6),
            8 => bias / 2 + self.below(4),
            _ => self.below(special + 1),
        };
        let run = 1_u64 << self.below(fraction_bits.into());
        let fraction = match self.below(6) {
            0 | 1 => 0,
            2 => run,
            3 => run - 1,
            4 => self.bits() & run.wrapping_neg(),
            _ => self.bits(),
        };
        let sign = self.below(2);
        (sign << exponent_bits | exponent.min(special)) << fraction_bits
            | (fraction & ((1 << fraction_bits) - 1))
    }
}
