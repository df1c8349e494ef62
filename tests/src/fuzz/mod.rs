//! Differential fuzzing: random RISC-V programs, run by the interpreter and by generated code
//! from the same state, must end in the same state.
//!
//! | what | module |
//! |---|---|
//! | seeded random numbers and interesting values | [`random`] |
//! | random programs | [`generate`], out of [`instruction`]s and [`idioms`] |
//! | a program as data, and its code once laid out | [`program`] |
//! | random instrumentation | [`probes`] |
//! | guest memory, and running a program on a back end | [`machine`] |
//! | the host's signals meanwhile | [`signals`] |
//! | what is compared | [`compare`] |
//! | the same programs on another emulator | [`remote`] |
//! | making a program that fails smaller, and showing it | [`minimise`], [`report`] |
//!
//! Everything follows from a seed and the number of a program, so that one that fails can be
//! run again alone.

pub mod compare;
pub mod generate;
pub mod idioms;
pub mod instruction;
pub mod machine;
pub mod minimise;
pub mod probes;
pub mod program;
pub mod random;
pub mod remote;
pub mod report;
pub mod signals;
