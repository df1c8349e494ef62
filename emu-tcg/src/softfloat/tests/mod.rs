//! Tests: against tables checked by hand and, on x86-64, against the host's FPU.

#[cfg(target_arch = "x86_64")]
mod differential;
#[cfg(target_arch = "x86_64")]
mod host;
#[cfg(target_arch = "x86_64")]
mod operands;
mod tables;
