//! Keeps Cranelift from moving floating-point operations to where the guest does not execute them.
//!
//! To Cranelift they are pure: it computes those on constants itself (rounding to nearest,
//! raising no flag), moves those whose operands do not change in a loop before it (raising
//! flags even if the loop never gets there), and takes the result of one for that of a later one with
//! the same operands (raising no flag again after a write of the flags; operands from float slots are
//! read anew there, but those made from integers are the same). Guest compilers leave few of these
//! kinds, so each is made impure by passing an operand through memory.
//!
//! Not here: results that nobody uses (see `lower::fp`).

use cranelift_codegen::cursor::{Cursor, FuncCursor};
use cranelift_codegen::ir::{Function, Inst, InstBuilder, MemFlagsData, Opcode, Value, types};
use cranelift_codegen::isa::TargetIsa;
use cranelift_codegen::loop_analysis::Loop;
use cranelift_codegen::{CodegenResult, Context};

use crate::backend::var_offset;
use crate::ir::Var;

/// How far back operands are followed; beyond, an operation is guarded to be safe.
const DEPTH: u32 = 8;

fn raises_flags(opcode: Opcode) -> bool {
    matches!(
        opcode,
        Opcode::Fadd
            | Opcode::Fsub
            | Opcode::Fmul
            | Opcode::Fdiv
            | Opcode::Sqrt
            | Opcode::Fma
            | Opcode::FcvtFromSint
            | Opcode::FcvtFromUint
            | Opcode::FcvtToSintSat
            | Opcode::Fpromote
            | Opcode::Fdemote
            | Opcode::Fmin
            | Opcode::Fmax
            | Opcode::Floor
            | Opcode::Ceil
            | Opcode::Trunc
            | Opcode::Nearest
            | Opcode::Fcmp
    )
}

/// Guards what needs it in the function of `context`; `writes_flags`: it has a write of the guest's flags.
pub(super) fn run(
    context: &mut Context,
    isa: &dyn TargetIsa,
    state_flags: MemFlagsData,
    writes_flags: bool,
) -> CodegenResult<()> {
    let function = &context.func;
    let candidates: Vec<Inst> = function
        .layout
        .blocks()
        .flat_map(|block| function.layout.block_insts(block))
        .filter(|&inst| raises_flags(function.dfg.insts[inst].opcode()))
        .collect();
    if candidates.is_empty() {
        return Ok(());
    }
    context.compute_cfg();
    context.compute_domtree();
    // What goes round a loop unchanged is no parameter of it any more afterwards.
    context.remove_constant_phis(isa)?;
    context.compute_loop_analysis();
    for inst in candidates {
        let Some(block) = context.func.layout.inst_block(inst) else {
            continue;
        };
        let innermost = context.loop_analysis.innermost_loop(block);
        let stays = |value: &Value| changes(context, innermost, *value, DEPTH);
        let arguments = context.func.dfg.inst_args(inst);
        let read_anew = |value: &Value| is_read_as_float(&context.func, *value, DEPTH);
        if !arguments.iter().any(stays) || writes_flags && !arguments.iter().any(read_anew) {
            guard(&mut context.func, inst, state_flags);
        }
    }
    Ok(())
}

/// Whether a result surely depends on the operands: not so of integer arithmetic, where Cranelift sees
/// that `x | !x` is always the same.
fn depends_on_operands(opcode: Opcode) -> bool {
    raises_flags(opcode)
        || matches!(
            opcode,
            Opcode::Ireduce
                | Opcode::Uextend
                | Opcode::Sextend
                | Opcode::Bitcast
                | Opcode::Fneg
                | Opcode::Fabs
                | Opcode::Fcopysign
        )
}

/// Whether `value` surely depends on something that is computed at its place in the loop (outside of
/// loops: anywhere, that is, whether it is not a constant).
fn changes(context: &Context, within: Option<Loop>, value: Value, depth: u32) -> bool {
    let function = &context.func;
    let value = function.dfg.resolve_aliases(value);
    let in_loop =
        |block| within.is_none_or(|within| context.loop_analysis.is_in_loop(block, within));
    let definition = function.dfg.value_def(value);
    let Some(inst) = definition.inst() else {
        return match definition {
            cranelift_codegen::ir::ValueDef::Param(block, _) => in_loop(block),
            _ => false,
        };
    };
    let opcode = function.dfg.insts[inst].opcode();
    let stays = opcode.can_load() || opcode.is_call() || opcode.other_side_effects();
    if stays {
        return function.layout.inst_block(inst).is_some_and(in_loop);
    }
    if depth == 0 {
        return false;
    }
    let changes = |&argument: &Value| changes(context, within, argument, depth - 1);
    match function.dfg.inst_args(inst) {
        [condition, this, that] if opcode == Opcode::Select => {
            changes(condition) && (changes(this) || changes(that))
        }
        arguments => depends_on_operands(opcode) && arguments.iter().any(changes),
    }
}

/// Whether `value` depends on something that is read from memory, or handed over by another block, as a
/// floating-point number: on both sides of a write of the flags these are different values.
fn is_read_as_float(function: &Function, value: Value, depth: u32) -> bool {
    let value = function.dfg.resolve_aliases(value);
    let is_float = function.dfg.value_type(value).is_float();
    let Some(inst) = function.dfg.value_def(value).inst() else {
        return is_float;
    };
    if function.dfg.insts[inst].opcode().can_load() {
        return is_float;
    }
    depth > 0
        && function
            .dfg
            .inst_args(inst)
            .iter()
            .any(|&argument| is_read_as_float(function, argument, depth - 1))
}

/// Passes the first operand through memory (an interpreter's temp).
fn guard(function: &mut Function, inst: Inst, flags: MemFlagsData) {
    let operand = function.dfg.inst_args(inst)[0];
    let ty = function.dfg.value_type(operand);
    let offset = var_offset(Var::temp(0));
    let mut cursor = FuncCursor::new(function).at_inst(inst);
    let state = cursor.ins().get_pinned_reg(types::I64);
    cursor.ins().store(flags, operand, state, offset);
    cursor.ins().sequence_point();
    let opaque = cursor.ins().load(ty, flags, state, offset);
    function.dfg.inst_args_mut(inst)[0] = opaque;
}
