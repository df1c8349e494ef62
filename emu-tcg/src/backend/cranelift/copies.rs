//! Copies of plugins' functions, placed behind the code of the region that calls them.
//!
//! So such a call is a direct one, and what it leads to lives as long as the region does.
//!
//! Not here: what the copies are made of ([`crate::backend::leaf::FunctionCopy`]), and which functions have
//! one ([`super::leaves`]).

use cranelift_codegen::binemit::Reloc;
use cranelift_codegen::ir::ExternalName;
use cranelift_codegen::ir::function::FunctionParameters;
use cranelift_codegen::{CompiledCode, FinalizedRelocTarget};

use super::JitError;
use super::lower::probe::COPIES;
use crate::backend::leaf::FunctionCopy;

/// Each copy starts on a cache line: where one crossed to the next, callbacks on each instruction took 1.2 times as long.
const ALIGNMENT: usize = 64;
/// What is between them: a trap.
const PADDING: u8 = 0xcc;

/// The code of a region, with the copies that it calls.
pub(super) fn append(
    compiled: &CompiledCode,
    names: &FunctionParameters,
    copies: &[FunctionCopy],
) -> Result<Vec<u8>, JitError> {
    let mut code = compiled.code_buffer().to_vec();
    let mut starts = vec![None; copies.len()];
    for reloc in compiled.buffer.relocs() {
        let index = match &reloc.target {
            FinalizedRelocTarget::ExternalName(ExternalName::User(name))
                if reloc.kind == Reloc::X86CallPCRel4 =>
            {
                let name = &names.user_named_funcs()[*name];
                (name.namespace == COPIES).then_some(name.index as usize)
            }
            _ => None,
        };
        let index = index.ok_or(JitError::Inconsistent("generated code needs relocation"))?;
        let start = *starts[index].get_or_insert_with(|| {
            code.resize(code.len().next_multiple_of(ALIGNMENT), PADDING);
            let start = code.len();
            code.extend(&copies[index].code);
            start
        });
        let place = reloc.offset as usize;
        let by = start as i64 + reloc.addend - place as i64;
        code[place..place + 4].copy_from_slice(&(by as i32).to_le_bytes());
    }
    Ok(code)
}
