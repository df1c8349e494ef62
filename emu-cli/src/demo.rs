//! The demo, a guest program that is built in.

use std::path::Path;

/// A small freestanding guest program; its source is under `tests/guest`.
static DEMO: &[u8] = include_bytes!("../../tests/guest/bin/demo");

/// The program built in under the name `program`. A file of that name needs a path with a slash.
pub(crate) fn embedded(program: &Path) -> Option<&'static [u8]> {
    (program.as_os_str() == "demo").then_some(DEMO)
}
