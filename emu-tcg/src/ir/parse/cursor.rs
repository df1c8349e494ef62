//! A position in one line of text.

use super::Result;

/// What is left of a line. White space in front of a token is skipped.
pub(super) struct Cursor<'a> {
    rest: &'a str,
}

/// Characters of names and numbers.
fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.')
}

impl<'a> Cursor<'a> {
    pub(super) fn new(line: &'a str) -> Cursor<'a> {
        Cursor { rest: line.trim() }
    }

    /// Takes `token` if it comes next.
    pub(super) fn eat(&mut self, token: &str) -> bool {
        let Some(rest) = self.rest.strip_prefix(token) else {
            return false;
        };
        self.rest = rest.trim_start();
        true
    }

    /// Takes the whole word `word` if it comes next.
    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let next = self.rest.strip_prefix(word);
        next.is_some_and(|rest| !rest.starts_with(is_word)) && self.eat(word)
    }

    /// Takes `token`, which must come next.
    pub(super) fn expect(&mut self, token: &str) -> Result<()> {
        if self.eat(token) {
            Ok(())
        } else {
            Err(format!("expected '{token}' {}", self.position()))
        }
    }

    fn position(&self) -> String {
        if self.rest.is_empty() {
            "at the end".into()
        } else {
            format!("before '{}'", self.rest)
        }
    }

    /// Whether `text` occurs in what is left.
    pub(super) fn contains(&self, text: &str) -> bool {
        self.rest.contains(text)
    }

    /// Whether a number comes next.
    pub(super) fn at_number(&self) -> bool {
        let digits = self.rest.strip_prefix('-').unwrap_or(self.rest);
        digits.starts_with(|c: char| c.is_ascii_digit())
    }

    /// A name.
    pub(super) fn word(&mut self) -> Result<&'a str> {
        let end = self.rest.find(|c| !is_word(c)).unwrap_or(self.rest.len());
        if end == 0 {
            return Err(format!("expected a name {}", self.position()));
        }
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest.trim_start();
        Ok(word)
    }

    /// A number without sign, decimal or hexadecimal.
    pub(super) fn unsigned(&mut self) -> Result<u64> {
        if !self.rest.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(format!("expected a number {}", self.position()));
        }
        let word = self.word()?;
        let value = match word.strip_prefix("0x") {
            Some(digits) => u64::from_str_radix(digits, 16),
            None => word.parse(),
        };
        value.map_err(|_| format!("'{word}' is no 64-bit number"))
    }

    /// A number that fits a narrower type.
    pub(super) fn narrow<T: TryFrom<u64>>(&mut self) -> Result<T> {
        let value = self.unsigned()?;
        T::try_from(value).map_err(|_| format!("{value:#x} is too large here"))
    }

    /// A number, perhaps with a sign; bit patterns above `i64::MAX` count as negative.
    pub(super) fn signed(&mut self) -> Result<i64> {
        if self.eat("-") {
            Ok((self.unsigned()? as i64).wrapping_neg())
        } else {
            Ok(self.unsigned()? as i64)
        }
    }

    /// Nothing may be left.
    pub(super) fn end(&self) -> Result<()> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(format!("unexpected '{}'", self.rest))
        }
    }
}
