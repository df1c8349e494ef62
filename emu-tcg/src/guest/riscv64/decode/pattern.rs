//! Bit patterns: the text in which the decode tables state an encoding.
//!
//! A pattern lists the bits of an instruction from the highest to the lowest, 16 or 32 in
//! all, as tokens separated by blanks:
//!
//! | token | means |
//! |---|---|
//! | `0110011` | these bits |
//! | `rs1:5` | a field of five bits; `rd/rs1:5` serves as both |
//! | `rd':3` | a field of three bits that names one of registers 8–15 |
//! | `imm[4:1\|11]` | bits 4–1, then bit 11, of an immediate, as the manual writes it |
//! | `rd!2:5` | a field that must not be 2 |
//! | `imm!0[5]` | with every other `imm!0` token of the pattern: not all of them zero |
//!
//! [`Pattern::parse`] runs at compile time, so a malformed row does not build. Which value
//! an immediate has is not its concern: that is [`super::operands`], and a test compares
//! the two.

/// The fixed bits of an encoding, and what its fields must not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pattern {
    /// One where the bit is fixed.
    pub(crate) mask: u32,
    /// The fixed bits.
    pub(crate) value: u32,
    /// Forbidden field values: of the `imm!0` tokens together, and of one other field.
    pub(crate) excluded: [Excluded; 2],
    /// Length in bits: 16 or 32.
    pub(crate) width: u32,
}

/// A value that the bits under a mask must not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Excluded {
    mask: u32,
    value: u32,
}

impl Excluded {
    /// Excludes nothing: no bits under an empty mask make a one.
    const NOTHING: Excluded = Excluded { mask: 0, value: 1 };
}

impl Pattern {
    /// Whether `bits` are an encoding of this pattern.
    pub(crate) const fn matches(&self, bits: u32) -> bool {
        bits & self.mask == self.value
            && bits & self.excluded[0].mask != self.excluded[0].value
            && bits & self.excluded[1].mask != self.excluded[1].value
    }

    /// Parses a pattern.
    ///
    /// # Panics
    /// If the text is malformed or does not describe 16 or 32 bits; at compile time, since
    /// the tables are constants.
    pub(crate) const fn parse(text: &str) -> Pattern {
        let width = total_width(text.as_bytes());
        assert!(width == 16 || width == 32, "a pattern has 16 or 32 bits");
        let mut pattern = Pattern {
            mask: 0,
            value: 0,
            excluded: [Excluded::NOTHING; 2],
            width,
        };
        let mut low = width;
        let mut at = 0;
        while let Some(token) = next_token(text.as_bytes(), at) {
            at = token.end;
            low -= token.width;
            let ones = ((1u64 << token.width) - 1) as u32;
            if let Some(bits) = token.fixed {
                pattern.mask |= ones << low;
                pattern.value |= bits << low;
            }
            if let Some(forbidden) = token.forbidden {
                if token.scattered {
                    assert!(
                        forbidden == 0,
                        "a scattered field can be forbidden to be 0 only"
                    );
                    pattern.excluded[0].mask |= ones << low;
                    pattern.excluded[0].value = 0;
                } else {
                    assert!(
                        pattern.excluded[1].mask == 0,
                        "one forbidden field value at most"
                    );
                    pattern.excluded[1] = Excluded {
                        mask: ones << low,
                        value: forbidden << low,
                    };
                }
            }
        }
        pattern
    }
}

/// One token of a pattern.
struct Token {
    /// Offset behind it.
    end: usize,
    /// How many bits it stands for.
    width: u32,
    /// The bits, if they are fixed.
    fixed: Option<u32>,
    /// The value after `!`.
    forbidden: Option<u32>,
    /// The field is written with brackets.
    scattered: bool,
}

const fn total_width(text: &[u8]) -> u32 {
    let mut width = 0;
    let mut at = 0;
    while let Some(token) = next_token(text, at) {
        width += token.width;
        at = token.end;
    }
    width
}

const fn next_token(text: &[u8], mut at: usize) -> Option<Token> {
    while at < text.len() && text[at] == b' ' {
        at += 1;
    }
    if at == text.len() {
        return None;
    }
    let mut token = Token {
        end: at,
        width: 0,
        fixed: None,
        forbidden: None,
        scattered: false,
    };
    if text[at] == b'0' || text[at] == b'1' {
        let mut bits = 0;
        while at < text.len() && text[at] != b' ' {
            assert!(text[at] == b'0' || text[at] == b'1', "a bit is 0 or 1");
            bits = bits << 1 | (text[at] - b'0') as u32;
            token.width += 1;
            at += 1;
        }
        token.fixed = Some(bits);
        token.end = at;
        return Some(token);
    }
    while text[at] != b'!' && text[at] != b':' && text[at] != b'[' {
        at += 1;
    }
    if text[at] == b'!' {
        let (forbidden, end) = number(text, at + 1);
        token.forbidden = Some(forbidden);
        at = end;
    }
    if text[at] == b':' {
        (token.width, at) = number(text, at + 1);
    } else {
        token.scattered = true;
        while text[at] != b']' {
            let (high, end) = number(text, at + 1);
            at = end;
            let mut low = high;
            if text[at] == b':' {
                (low, at) = number(text, at + 1);
            }
            token.width += high - low + 1;
        }
        at += 1;
    }
    token.end = at;
    Some(token)
}

/// The decimal number at `at`, and the offset behind it.
const fn number(text: &[u8], mut at: usize) -> (u32, usize) {
    let mut value = 0;
    let start = at;
    while at < text.len() && text[at].is_ascii_digit() {
        value = value * 10 + (text[at] - b'0') as u32;
        at += 1;
    }
    assert!(at > start, "a number is missing");
    (value, at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_bits_make_mask_and_value() {
        let add = Pattern::parse("0000000 rs2:5 rs1:5 000 rd:5 0110011");
        assert_eq!((add.mask, add.value, add.width), (0xfe00_707f, 0x33, 32));
        assert!(add.matches(0x00c5_8533));
        assert!(!add.matches(0x40c5_8533));
    }

    #[test]
    fn a_forbidden_value_does_not_match() {
        let lui = Pattern::parse("011 imm!0[17] rd!2:5 imm!0[16:12] 01");
        assert_eq!((lui.mask, lui.value, lui.width), (0xe003, 0x6001, 16));
        assert!(lui.matches(0x6001 | 3 << 7 | 1 << 2));
        assert!(lui.matches(0x6001 | 3 << 7 | 1 << 12));
        assert!(!lui.matches(0x6001 | 3 << 7), "all immediate bits are zero");
        assert!(!lui.matches(0x6001 | 2 << 7 | 1 << 2), "the register is 2");
    }

    #[test]
    #[should_panic(expected = "16 or 32 bits")]
    fn a_missing_bit_is_refused() {
        let _ = Pattern::parse("0000000 rs2:5 rs1:5 000 rd:5 011001");
    }
}
