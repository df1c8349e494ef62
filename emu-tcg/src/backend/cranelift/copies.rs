//! Copies of plugins' functions, placed behind the code of the region that runs them.
//!
//! To call a function and to return takes longer than a small one does. So where it is hot, a small copy is made anew for
//! each place that Cranelift has made a call at, which becomes a jump to the copy; it jumps back. Not everywhere: the host
//! foresees which store a load will get its value from, but only for so many loads, and what is added to a counter waits
//! for the addition before.
//!
//! Not here: what the copies are made of ([`crate::backend::leaf::FunctionCopy`]), and which functions have
//! one ([`super::leaves`]).

use cranelift_codegen::binemit::Reloc;
use cranelift_codegen::ir::ExternalName;
use cranelift_codegen::ir::function::FunctionParameters;
use cranelift_codegen::{CompiledCode, FinalizedRelocTarget};

use super::JitError;
use crate::backend::leaf::FunctionCopy;

/// The name space of the [`Run`]s that a region calls.
pub(super) const RUNS: u32 = 1;

/// What is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Run {
    /// A copy's number in [`Copies::all`].
    pub(super) copy: usize,
    /// The place is to have a copy of its own, if it is small.
    pub(super) own: bool,
}

/// The copies of functions that a region runs.
#[derive(Debug, Default)]
pub(super) struct Copies {
    pub(super) all: Vec<FunctionCopy>,
    /// By the numbers in the names of what is called.
    pub(super) runs: Vec<Run>,
}

/// A place gets no copy of its own of more bytes.
const MAX_OWN_BYTES: usize = 320;
/// Each copy that is called starts on a cache line: where one crossed to the next, callbacks on each instruction took 1.2 times
/// as long.
const ALIGNMENT: usize = 64;
/// What is between them: a trap.
const PADDING: u8 = 0xcc;

const CALL: u8 = 0xe8;
const JUMP: u8 = 0xe9;
const RETURN: u8 = 0xc3;
/// Of the displacement of a call or a jump.
const DISPLACEMENT_BYTES: usize = 4;

/// The code of a region, with the copies that it runs.
pub(super) fn append(
    compiled: &CompiledCode,
    names: &FunctionParameters,
    copies: &Copies,
) -> Result<Vec<u8>, JitError> {
    let mut code = compiled.code_buffer().to_vec();
    let mut shared = vec![None; copies.all.len()];
    for reloc in compiled.buffer.relocs() {
        let run = match &reloc.target {
            FinalizedRelocTarget::ExternalName(ExternalName::User(name))
                if reloc.kind == Reloc::X86CallPCRel4
                    && reloc.addend == -(DISPLACEMENT_BYTES as i64) =>
            {
                let name = &names.user_named_funcs()[*name];
                (name.namespace == RUNS).then(|| copies.runs[name.index as usize])
            }
            _ => None,
        };
        let run = run.ok_or(JitError::Inconsistent("generated code needs relocation"))?;
        let copy = &copies.all[run.copy].code;
        let place = reloc.offset as usize;
        let opcode = (place.checked_sub(1)).filter(|&opcode| code[opcode] == CALL);
        let start = match opcode {
            Some(opcode) if run.own && copy.len() <= MAX_OWN_BYTES => {
                let start = code.len();
                code.extend(copy);
                code[opcode] = JUMP;
                code.push(JUMP);
                let back = code.len();
                code.extend([0; DISPLACEMENT_BYTES]);
                set_target(&mut code, back, place + DISPLACEMENT_BYTES);
                start
            }
            _ => *shared[run.copy].get_or_insert_with(|| {
                code.resize(code.len().next_multiple_of(ALIGNMENT), PADDING);
                let start = code.len();
                code.extend(copy);
                code.push(RETURN);
                start
            }),
        };
        set_target(&mut code, place, start);
    }
    Ok(code)
}

/// Makes a call or jump whose displacement is at `place` lead to `target`.
fn set_target(code: &mut [u8], place: usize, target: usize) {
    let end = place + DISPLACEMENT_BYTES;
    let by = target as i64 - end as i64;
    code[place..end].copy_from_slice(&(by as i32).to_le_bytes());
}
