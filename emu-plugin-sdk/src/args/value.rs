//! The values that arguments can have.

use std::fmt;
use std::path::PathBuf;

use super::closest;
use crate::abi::ArgumentKind;

/// What an argument of a plugin can be. Enums without data derive it: each variant is a word, in
/// lower case with `-` between the parts of its name.
///
/// ```
/// use emu_plugin_sdk::PluginValue;
///
/// #[derive(Debug, PartialEq, PluginValue)]
/// enum Format {
///     Text,
///     ChromeTrace,
/// }
/// assert_eq!(Format::parse("chrome-trace"), Ok(Format::ChromeTrace));
/// assert_eq!(Format::parse("txt").unwrap_err(), "one of text, chrome-trace; did you mean `text`?");
/// ```
pub trait PluginValue: Sized {
    /// What stands for the value in a usage line.
    const VALUE_NAME: &'static str;
    /// Which kind of value it is, for the emulator's help and completion.
    const KIND: ArgumentKind = ArgumentKind::TEXT;
    /// The value meant by giving the argument without one, if that is allowed.
    const WITHOUT_VALUE: Option<&'static str> = None;

    /// Reads the value.
    ///
    /// # Errors
    ///
    /// What is allowed, to go behind the words "is not".
    fn parse(text: &str) -> Result<Self, String>;
}

impl PluginValue for String {
    const VALUE_NAME: &'static str = "TEXT";

    fn parse(text: &str) -> Result<String, String> {
        Ok(text.to_owned())
    }
}

impl PluginValue for PathBuf {
    const VALUE_NAME: &'static str = "PATH";
    const KIND: ArgumentKind = ArgumentKind::PATH;

    fn parse(text: &str) -> Result<PathBuf, String> {
        if text.is_empty() {
            Err("a path".to_owned())
        } else {
            Ok(text.into())
        }
    }
}

impl PluginValue for bool {
    const VALUE_NAME: &'static str = "true|false";
    const KIND: ArgumentKind = ArgumentKind::FLAG;
    const WITHOUT_VALUE: Option<&'static str> = Some("true");

    fn parse(text: &str) -> Result<bool, String> {
        match text {
            "true" | "on" => Ok(true),
            "false" | "off" => Ok(false),
            _ => Err("true, false, on or off".to_owned()),
        }
    }
}

impl PluginValue for f64 {
    const VALUE_NAME: &'static str = "NUMBER";

    fn parse(text: &str) -> Result<f64, String> {
        text.parse().map_err(|_| "a number, such as 0.5".to_owned())
    }
}

macro_rules! integers {
    ($($type:ty)*) => {$(
        impl PluginValue for $type {
            const VALUE_NAME: &'static str = "N";
            const KIND: ArgumentKind = ArgumentKind::INTEGER;

            fn parse(text: &str) -> Result<$type, String> {
                parse_integer(text).and_then(|value| value.try_into().ok()).ok_or_else(|| {
                    format!(
                        "an integer from {} to {}, decimal or hexadecimal such as 0x10",
                        <$type>::MIN,
                        <$type>::MAX,
                    )
                })
            }
        }
    )*};
}

integers!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize);

/// Reads a decimal or `0x` hexadecimal integer, with `_` between digits if wanted.
fn parse_integer(text: &str) -> Option<i128> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (radix, digits) = match digits.strip_prefix("0x").or(digits.strip_prefix("0X")) {
        Some(digits) => (16, digits),
        None => (10, digits),
    };
    let digits = digits.replace('_', "");
    if !digits.starts_with(|first: char| first.is_digit(radix)) {
        return None; // a second sign, or nothing at all
    }
    let value = i128::from_str_radix(&digits, radix).ok()?;
    Some(if negative { -value } else { value })
}

/// A range of guest addresses, from the first to the one behind the last, written `FROM-TO` or
/// `FROM..TO`.
///
/// ```
/// use emu_plugin_sdk::{AddressRange, PluginValue};
///
/// let range = AddressRange::parse("0x1000-0x2000")?;
/// assert!(range.contains(0x1000) && !range.contains(0x2000));
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AddressRange {
    start: u64,
    end: u64,
}

impl AddressRange {
    /// The first address.
    #[must_use]
    pub fn start(self) -> u64 {
        self.start
    }

    /// The address behind the last.
    #[must_use]
    pub fn end(self) -> u64 {
        self.end
    }

    /// Whether an address lies in the range.
    #[must_use]
    pub fn contains(self, address: u64) -> bool {
        (self.start..self.end).contains(&address)
    }
}

impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}-{:#x}", self.start, self.end)
    }
}

impl PluginValue for AddressRange {
    const VALUE_NAME: &'static str = "FROM-TO";
    const KIND: ArgumentKind = ArgumentKind::ADDRESS_RANGE;

    fn parse(text: &str) -> Result<AddressRange, String> {
        let parse = || {
            let (start, end) = text.split_once("..").or_else(|| text.split_once('-'))?;
            let start = parse_integer(start)?.try_into().ok()?;
            let end = parse_integer(end)?.try_into().ok()?;
            (start < end).then_some(AddressRange { start, end })
        };
        parse().ok_or_else(|| {
            "a range of addresses FROM-TO, such as 0x1000-0x2000, with FROM below TO".to_owned()
        })
    }
}

/// Picks a variant by its word: for the expansion of `#[derive(PluginValue)]`.
#[doc(hidden)]
pub fn choice(text: &str, words: &[&str]) -> Result<usize, String> {
    words.iter().position(|word| *word == text).ok_or_else(|| {
        let mut allowed = format!("one of {}", words.join(", "));
        if let Some(close) = closest(text, words) {
            allowed.push_str(&format!("; did you mean `{close}`?"));
        }
        allowed
    })
}
