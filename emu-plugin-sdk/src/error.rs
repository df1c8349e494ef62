//! The error that hooks and arguments return.

use std::fmt;

/// Result of what a plugin does.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a plugin cannot go on: a message for the user.
///
/// Made from text or from any standard error:
///
/// ```
/// use emu_plugin_sdk::{Error, Result};
///
/// fn open(path: &str) -> Result<std::fs::File> {
///     if path.is_empty() {
///         return Err(Error::new("the path is empty"));
///     }
///     Ok(std::fs::File::open(path)?)
/// }
/// assert_eq!(open("").unwrap_err().to_string(), "the path is empty");
/// ```
// Does not implement `std::error::Error`, so that `From` can cover all types that do.
pub struct Error {
    message: String,
}

impl Error {
    /// An error with this message: what went wrong and, if possible, what to do.
    pub fn new(message: impl fmt::Display) -> Error {
        Error {
            message: message.to_string(),
        }
    }

    /// Puts what was being done in front of the message.
    #[must_use]
    pub fn context(self, doing: impl fmt::Display) -> Error {
        Error {
            message: format!("{doing}: {}", self.message),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl<E: std::error::Error> From<E> for Error {
    /// Keeps the messages of the error and of its sources.
    fn from(error: E) -> Error {
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            message.push_str(": ");
            message.push_str(&cause.to_string());
            source = cause.source();
        }
        Error { message }
    }
}
