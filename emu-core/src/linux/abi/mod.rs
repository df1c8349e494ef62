//! What differs between guest instruction sets in Linux's user ABI: registers of a system
//! call, signal frames, the auxiliary vector's hardware bits. One module per instruction set,
//! all with the same functions.

pub(crate) mod riscv64;
