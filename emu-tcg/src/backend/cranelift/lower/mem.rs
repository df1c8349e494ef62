//! Accesses to guest memory.
//!
//! A guest address becomes a host address by adding the base. One outside of user space must
//! not touch what the emulator has elsewhere: unless [`Ranges`](super::Ranges) knows that the
//! address can be off by no more than the guards, it is compared first: its base alone if the displacement
//! leads down, into the guard below at worst.

use std::mem::offset_of;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{AtomicRmwOp, InstBuilder, MemFlagsData, Type, Value, types};

use super::{Local, Lowering};
use crate::backend::code_space::FaultKind;
use crate::backend::code_space::JitError;
use crate::backend::cranelift::sites;
use crate::ir::{AtomicOp, MemExt, MemOp, Op, Opcode, Size};
use crate::state::CpuState;

/// Accesses to one page succeed or fail alike.
const PAGE: i64 = 4096;

/// What has been loaded.
#[derive(Debug, Clone, Copy)]
pub(super) struct Accessed {
    /// A guest address.
    base: Value,
    /// Of the first byte and the one behind the last, from there.
    start: i64,
    end: i64,
}

/// What displacements may lead down is little against the guards.
const MAX_DESCENT: i64 = 4096;

fn int_type(size: Size) -> Type {
    match size {
        Size::B1 => types::I8,
        Size::B2 => types::I16,
        Size::B4 => types::I32,
        Size::B8 => types::I64,
    }
}

impl Lowering<'_, '_> {
    pub(super) fn memory_op(&mut self, op: &Op) -> Result<(), JitError> {
        let malformed = || JitError::Inconsistent("aux of a memory operation");
        if op.code == Opcode::Load {
            let size = Size::from_bits(op.aux & 3).ok_or_else(malformed)?;
            let base = self.int(op.a, 0);
            self.accessed.push(Accessed {
                base,
                start: op.imm,
                end: op.imm.saturating_add(size.bytes() as i64),
            });
        }
        match op.code {
            Opcode::Load => {
                let mem_op = MemOp::from_aux(op.aux).ok_or_else(malformed)?;
                let (host, offset) = self.address(op, op.imm);
                self.load(op, mem_op, host, offset);
            }
            Opcode::Store => self.store(op, Size::from_bits(op.aux & 3).ok_or_else(malformed)?),
            Opcode::LoadReserved => {
                self.load_reserved(op, MemOp::from_aux(op.aux).ok_or_else(malformed)?)
            }
            Opcode::StoreConditional => {
                self.store_conditional(op, Size::from_bits(op.aux & 3).ok_or_else(malformed)?)
            }
            Opcode::AtomicRmw => {
                let operation = AtomicOp::from_bits(op.aux & 15).ok_or_else(malformed)?;
                let size = Size::from_bits(op.aux >> 4).ok_or_else(malformed)?;
                self.atomic_rmw(op, operation, size);
            }
            _ => return Err(JitError::Inconsistent("not a memory operation")),
        }
        Ok(())
    }

    /// A load whose result counts only if `chosen`. Else it cannot fault.
    pub(super) fn load_if(&mut self, chosen: Value, op: &Op) -> Result<(), JitError> {
        let mem_op = MemOp::from_aux(op.aux);
        let mem_op = mem_op.ok_or(JitError::Inconsistent("aux of a load"))?;
        let Some(crossing) = self.is_across_pages(op, mem_op.size) else {
            self.load_apart(chosen, op, mem_op);
            return Ok(());
        };
        let (beside, apart) = (self.b.create_block(), self.b.create_block());
        let join = self.b.create_block();
        let result = self.b.append_block_param(join, types::I64);
        // A fault finds counters in registers only in blocks that are not cold.
        if self.unstored == 0 {
            self.b.set_cold_block(apart);
        }
        self.b.ins().brif(crossing, apart, &[], beside, &[]);
        // What is read here may be what is written.
        let before = self.locals[usize::from(op.dst.0)];
        let guest = self.int(op.a, 0);
        self.enter_block(beside);
        let host = self.b.ins().iadd(self.memory_base, guest);
        self.load(op, mem_op, host, op.imm as i32);
        let value = self.int(op.dst, 0);
        self.b.ins().jump(join, &[value.into()]);
        *self.local(op.dst) = before;
        self.enter_block(apart);
        self.load_apart(chosen, op, mem_op);
        let value = self.int(op.dst, 0);
        self.b.ins().jump(join, &[value.into()]);
        self.enter_block(join);
        self.set_int(op.dst, result);
        Ok(())
    }

    /// Whether a load may be from another page than what has been loaded from beside it; `None` if nothing has.
    fn is_across_pages(&mut self, op: &Op, size: Size) -> Option<Value> {
        let base = self.int(op.a, 0);
        let end = op.imm.saturating_add(size.bytes() as i64);
        let original = |value| self.b.func.dfg.resolve_aliases(value);
        let known = self.accessed.iter();
        let spans = known.filter(|known| original(known.base) == original(base));
        let spans = spans.map(|known| (known.start.min(op.imm), known.end.max(end)));
        let (start, end) = spans.min_by_key(|(start, end)| end.saturating_sub(*start))?;
        if end.saturating_sub(start) >= PAGE || i32::try_from(op.imm).is_err() {
            return None;
        }
        let first = self.b.ins().iadd_imm_s(base, start);
        let in_page = self.b.ins().band_imm_s(first, PAGE - 1);
        Some(self.icmp_imm(IntCC::UnsignedGreaterThan, in_page, PAGE - (end - start)))
    }

    /// As [`Lowering::load_if`], from anywhere.
    fn load_apart(&mut self, chosen: Value, op: &Op, mem_op: MemOp) {
        let (host, offset) = self.address_if(Some(chosen), op, op.imm);
        let host = self.b.ins().iadd_imm_s(host, i64::from(offset));
        let state = self.state();
        let host = self.b.ins().select(chosen, host, state);
        self.load(op, mem_op, host, 0);
    }

    /// Host address of `op`'s access and the displacement to add to it, after the check that it is
    /// near user space.
    fn address(&mut self, op: &Op, imm: i64) -> (Value, i32) {
        self.address_if(None, op, imm)
    }

    /// As [`Lowering::address`], for an access that is made only if `chosen`, if there is such a condition.
    fn address_if(&mut self, chosen: Option<Value>, op: &Op, imm: i64) -> (Value, i32) {
        let guest = self.int(op.a, 0);
        let (mut sum, mut displacement) = (guest, imm);
        if i32::try_from(imm).is_err() {
            (sum, displacement) = (self.b.ins().iadd_imm_s(guest, imm), 0);
        }
        if !self.ranges.is_near(op.a, imm) {
            let base = if (-MAX_DESCENT..=0).contains(&displacement) {
                sum
            } else {
                self.b.ins().iadd_imm_s(sum, displacement)
            };
            let limit = self.near_limit;
            let wild = self.b.ins().icmp(IntCC::UnsignedGreaterThan, base, limit);
            let wild = match chosen {
                Some(chosen) => self.b.ins().band(wild, chosen),
                None => wild,
            };
            self.trap_if(wild, FaultKind::WildAddress);
        }
        (
            self.b.ins().iadd(self.memory_base, sum),
            displacement as i32,
        )
    }

    fn check_alignment(&mut self, op: &Op, size: Size) {
        let guest = self.int(op.a, 0);
        let low = self.b.ins().band_imm_s(guest, size.bytes() as i64 - 1);
        self.trap_if(low, FaultKind::Misaligned);
    }

    /// As [`Lowering::address`], for an atomic access.
    fn atomic_address(&mut self, op: &Op, size: Size) -> Value {
        self.check_alignment(op, size);
        self.address(op, 0).0
    }

    fn guest_flags(&self) -> MemFlagsData {
        MemFlagsData::new()
            .with_alias_region(Some(self.flags.guest))
            .with_trap_code(Some(sites::trap_code(self.site(), FaultKind::HostFault)))
    }

    fn load(&mut self, op: &Op, mem_op: MemOp, host: Value, offset: i32) {
        let flags = self.guest_flags();
        let cells = self.input.rules.cells;
        let to_float = cells
            .of(op.dst)
            .is_some_and(|cell| cells.ty(cell) == types::F64);
        let value = match (mem_op.size, mem_op.ext) {
            (Size::B8, _) if to_float => {
                let float = self.b.ins().load(types::F64, flags, host, offset);
                return self.set(
                    op.dst,
                    Local {
                        float: Some(float),
                        ..Local::default()
                    },
                );
            }
            (Size::B4, MemExt::Ones) if to_float => {
                let single = self.b.ins().load(types::F32, flags, host, offset);
                return self.set_single(op.dst, single, false);
            }
            (Size::B8, _) => self.b.ins().load(types::I64, flags, host, offset),
            (Size::B4, MemExt::Sign) => self.b.ins().sload32(flags, host, offset),
            (Size::B2, MemExt::Sign) => self.b.ins().sload16(types::I64, flags, host, offset),
            (Size::B1, MemExt::Sign) => self.b.ins().sload8(types::I64, flags, host, offset),
            (Size::B4, _) => self.b.ins().uload32(flags, host, offset),
            (Size::B2, _) => self.b.ins().uload16(types::I64, flags, host, offset),
            (Size::B1, _) => self.b.ins().uload8(types::I64, flags, host, offset),
        };
        let value = match mem_op.ext {
            MemExt::Ones if mem_op.size != Size::B8 => self
                .b
                .ins()
                .bor_imm_s(value, (u64::MAX << (8 * mem_op.size.bytes())) as i64),
            _ => value,
        };
        self.set_int(op.dst, value);
    }

    fn store(&mut self, op: &Op, size: Size) {
        let local = self.fetch(op.b);
        let value = match (size, local) {
            (
                Size::B8,
                Local {
                    int: None,
                    single: None,
                    ..
                },
            ) => self.float(op.b),
            (
                Size::B4,
                Local {
                    int: None,
                    single: Some(_),
                    ..
                },
            ) => self
                .canonical(op.b)
                .single
                .unwrap_or_else(|| self.low_single(op.b)),
            (Size::B4, Local { int: None, .. }) => self.low_single(op.b),
            _ => self.int(op.b, 0),
        };
        let (host, offset) = self.address(op, op.imm);
        let flags = self.guest_flags();
        let is_int = self.b.func.dfg.value_type(value) == types::I64;
        match size {
            Size::B1 => self.b.ins().istore8(flags, value, host, offset),
            Size::B2 => self.b.ins().istore16(flags, value, host, offset),
            Size::B4 if is_int => self.b.ins().istore32(flags, value, host, offset),
            Size::B4 | Size::B8 => self.b.ins().store(flags, value, host, offset),
        };
    }

    /// The low bits of a register as an integer of the access's size.
    fn truncated(&mut self, value: Value, size: Size) -> Value {
        if size == Size::B8 {
            value
        } else {
            self.b.ins().ireduce(int_type(size), value)
        }
    }

    fn sign_extended(&mut self, value: Value, size: Size) -> Value {
        if size == Size::B8 {
            value
        } else {
            self.b.ins().sextend(types::I64, value)
        }
    }

    pub(super) fn fence(&mut self, code: Opcode) {
        if !self.input.shared_memory {
            return;
        }
        // The host's own order is what the weaker barrier asks for.
        self.b.ins().sequence_point();
        if code == Opcode::Fence {
            // A locked instruction is a full barrier, and faster than the one that is only that.
            let state = self.state();
            let offset = offset_of!(CpuState, soft_fp_result) as i64;
            let word = self.b.ins().iadd_imm_s(state, offset);
            let zero = self.constant(0);
            let operation = AtomicRmwOp::Or;
            let flags = self.flags.state;
            self.b
                .ins()
                .atomic_rmw(types::I64, flags, operation, word, zero);
            self.b.ins().sequence_point();
        }
    }

    fn atomic_rmw(&mut self, op: &Op, operation: AtomicOp, size: Size) {
        let value = self.int(op.b, op.imm);
        let value = self.truncated(value, size);
        let host = self.atomic_address(op, size);
        let flags = self.guest_flags();
        let ty = int_type(size);
        let old = if self.input.shared_memory {
            let operation = host_operation(operation);
            self.b.ins().atomic_rmw(ty, flags, operation, host, value)
        } else {
            let old = self.b.ins().load(ty, flags, host, 0);
            let new = self.combined(operation, old, value);
            self.b.ins().store(flags, new, host, 0);
            old
        };
        let old = self.sign_extended(old, size);
        self.set_int(op.dst, old);
    }

    /// What a read-modify-write operation leaves in memory.
    fn combined(&mut self, operation: AtomicOp, old: Value, value: Value) -> Value {
        let ins = self.b.ins();
        match operation {
            AtomicOp::Swap => value,
            AtomicOp::Add => ins.iadd(old, value),
            AtomicOp::And => ins.band(old, value),
            AtomicOp::Or => ins.bor(old, value),
            AtomicOp::Xor => ins.bxor(old, value),
            AtomicOp::MinS => ins.smin(old, value),
            AtomicOp::MaxS => ins.smax(old, value),
            AtomicOp::MinU => ins.umin(old, value),
            AtomicOp::MaxU => ins.umax(old, value),
        }
    }

    fn load_reserved(&mut self, op: &Op, mem_op: MemOp) {
        let address = self.int(op.a, 0);
        let host = self.atomic_address(op, mem_op.size);
        let flags = self.guest_flags();
        let old = self.b.ins().atomic_load(int_type(mem_op.size), flags, host);
        let old = match mem_op.ext {
            _ if mem_op.size == Size::B8 => old,
            MemExt::Sign => self.b.ins().sextend(types::I64, old),
            MemExt::Zero | MemExt::Ones => self.b.ins().uextend(types::I64, old),
        };
        let special = self.input.rules.guest.special_slots();
        self.set_int(special.reservation_address, address);
        self.set_int(special.reservation_value, old);
        self.set_int(op.dst, old);
    }

    fn store_conditional(&mut self, op: &Op, size: Size) {
        let special = self.input.rules.guest.special_slots();
        let (address, new) = (self.int(op.a, 0), self.int(op.b, op.imm));
        let reserved_address = self.int(special.reservation_address, 0);
        let reserved_value = self.int(special.reservation_value, 0);
        let (new, expected) = (
            self.truncated(new, size),
            self.truncated(reserved_value, size),
        );
        self.check_alignment(op, size);
        let flags = self.guest_flags();
        let (attempt, join) = (self.b.create_block(), self.b.create_block());
        let failed = self.b.append_block_param(join, types::I64);
        let held = self.b.ins().icmp(IntCC::Equal, reserved_address, address);
        let one = self.constant(1);
        self.b.ins().brif(held, attempt, &[], join, &[one.into()]);
        self.enter_block(attempt);
        let host = self.address(op, 0).0;
        if self.input.shared_memory {
            let seen = self.b.ins().atomic_cas(flags, host, expected, new);
            let differs = self.b.ins().icmp(IntCC::NotEqual, seen, expected);
            let differs = self.b.ins().uextend(types::I64, differs);
            self.b.ins().jump(join, &[differs.into()]);
        } else {
            let seen = self.b.ins().load(int_type(size), flags, host, 0);
            let same = self.b.ins().icmp(IntCC::Equal, seen, expected);
            let store = self.b.create_block();
            self.b.ins().brif(same, store, &[], join, &[one.into()]);
            self.enter_block(store);
            self.b.ins().store(flags, new, host, 0);
            let zero = self.constant(0);
            self.b.ins().jump(join, &[zero.into()]);
        }
        self.enter_block(join);
        let none = self.constant(u64::MAX);
        self.set_int(special.reservation_address, none);
        self.set_int(op.dst, failed);
    }
}

fn host_operation(operation: AtomicOp) -> AtomicRmwOp {
    match operation {
        AtomicOp::Swap => AtomicRmwOp::Xchg,
        AtomicOp::Add => AtomicRmwOp::Add,
        AtomicOp::And => AtomicRmwOp::And,
        AtomicOp::Or => AtomicRmwOp::Or,
        AtomicOp::Xor => AtomicRmwOp::Xor,
        AtomicOp::MinS => AtomicRmwOp::Smin,
        AtomicOp::MaxS => AtomicRmwOp::Smax,
        AtomicOp::MinU => AtomicRmwOp::Umin,
        AtomicOp::MaxU => AtomicRmwOp::Umax,
    }
}
