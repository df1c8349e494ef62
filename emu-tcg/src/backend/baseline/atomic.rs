//! Atomic accesses to guest memory: always atomic on the host, whether others look or not.

use super::Compiler;
use super::assembler::{Alu, Cc, Extend, Mem, Reg, Width};
use super::emit::Stub;
use crate::ir::{AtomicOp, MemExt, MemOp, Op, Opcode, Size, Var};

use Width::{W32, W64};

/// The operand size of an access; `None` where the host has no such instruction here.
fn width(size: Option<Size>) -> Option<Width> {
    match size? {
        Size::B4 => Some(W32),
        Size::B8 => Some(W64),
        Size::B1 | Size::B2 => None,
    }
}

impl Compiler {
    pub(super) fn atomic_op(&mut self, op: &Op) {
        let done = match op.code {
            Opcode::AtomicRmw => self.read_modify_write(op),
            Opcode::LoadReserved => self.load_reserved(op),
            _ => self.store_conditional(op),
        };
        if done.is_none() {
            self.interpret(op);
        }
    }

    /// Faults unless the address is naturally aligned; uses `rax`.
    fn check_alignment(&mut self, address: Reg, width: Width) {
        let mask = if width == W64 { 7 } else { 3 };
        self.asm.mov(W32, Reg::Rax, address);
        self.asm.alu_imm(Alu::And, W32, Reg::Rax, mask);
        let from = self.asm.jcc(Cc::Ne);
        self.stubs.push(Stub::Misaligned {
            from,
            insn: self.insn,
        });
    }

    /// A result of the access's size.
    fn set_extended(&mut self, dst: Var, value: Reg, width: Width) {
        let reg = self.registers.write(&mut self.asm, dst);
        let extend = match width {
            W32 => Extend::Sign32,
            W64 => Extend::None,
        };
        self.asm.extend(extend, reg, value);
    }

    fn read_modify_write(&mut self, op: &Op) -> Option<()> {
        let width = width(Size::from_bits(op.aux >> 4))?;
        let operation = AtomicOp::from_bits(op.aux & 15)?;
        let address = self.registers.read(&mut self.asm, op.a);
        let value = self.operand(op, op.b, Reg::Rcx);
        self.before_access();
        self.check_alignment(address, width);
        let mem = self.address(op);
        self.asm.mov(W64, Reg::Rcx, value);
        let result = match operation {
            AtomicOp::Swap => {
                self.access_here();
                self.asm.xchg(width, mem, Reg::Rcx);
                Reg::Rcx
            }
            AtomicOp::Add => {
                self.access_here();
                self.asm.lock_xadd(width, mem, Reg::Rcx);
                Reg::Rcx
            }
            _ => {
                self.exchange_loop(operation, width, mem);
                Reg::Rax
            }
        };
        self.set_extended(op.dst, result, width);
        Some(())
    }

    /// The operand is in `rcx`; leaves the old value in `rax`, uses `rdx`.
    fn exchange_loop(&mut self, operation: AtomicOp, width: Width, mem: Mem) {
        let load = match width {
            W32 => Extend::Zero32,
            W64 => Extend::None,
        };
        self.access_here();
        self.asm.load(load, Reg::Rax, mem);
        let again = self.asm.offset();
        // What is kept if the old value is not.
        let keep_old = match operation {
            AtomicOp::MinS => Some(Cc::L),
            AtomicOp::MaxS => Some(Cc::G),
            AtomicOp::MinU => Some(Cc::B),
            AtomicOp::MaxU => Some(Cc::A),
            _ => None,
        };
        if let Some(cc) = keep_old {
            self.asm.mov(W64, Reg::Rdx, Reg::Rcx);
            self.asm.alu(Alu::Cmp, width, Reg::Rax, Reg::Rcx);
            self.asm.cmov(cc, Reg::Rdx, Reg::Rax);
        } else {
            self.asm.mov(W64, Reg::Rdx, Reg::Rax);
            let alu = match operation {
                AtomicOp::And => Alu::And,
                AtomicOp::Or => Alu::Or,
                _ => Alu::Xor,
            };
            self.asm.alu(alu, width, Reg::Rdx, Reg::Rcx);
        }
        self.access_here();
        self.asm.lock_cmpxchg(width, mem, Reg::Rdx);
        self.asm.jcc_back(Cc::Ne, again);
    }

    fn load_reserved(&mut self, op: &Op) -> Option<()> {
        let mem_op = MemOp::from_aux(op.aux)?;
        let width = width(Some(mem_op.size))?;
        if width == W32 && mem_op.ext != MemExt::Sign {
            return None;
        }
        let address = self.registers.read(&mut self.asm, op.a);
        self.before_access();
        self.check_alignment(address, width);
        let mem = self.address(op);
        let extend = match width {
            W32 => Extend::Sign32,
            W64 => Extend::None,
        };
        self.access_here();
        self.asm.load(extend, Reg::Rcx, mem);
        let special = self.guest.special_slots();
        self.set(special.reservation_address, address);
        self.set(special.reservation_value, Reg::Rcx);
        if op.dst != Var::NONE {
            self.set(op.dst, Reg::Rcx);
        }
        Some(())
    }

    fn store_conditional(&mut self, op: &Op) -> Option<()> {
        let width = width(Size::from_bits(op.aux & 3))?;
        let special = self.guest.special_slots();
        let address = self.registers.read(&mut self.asm, op.a);
        let value = self.operand(op, op.b, Reg::Rcx);
        let reserved = self
            .registers
            .read(&mut self.asm, special.reservation_address);
        let expected = self
            .registers
            .read(&mut self.asm, special.reservation_value);
        self.before_access();
        self.check_alignment(address, width);
        self.asm.mov(W64, Reg::Rcx, value);
        self.asm.mov_imm(Reg::Rdx, 1);
        self.asm.alu(Alu::Cmp, W64, reserved, address);
        let not_held = self.asm.jcc(Cc::Ne);
        self.asm.mov(W64, Reg::Rax, expected);
        // What was loaded from once is within user space.
        let mem = Mem {
            base: Reg::Rbx,
            index: Some(address),
            displacement: 0,
        };
        self.access_here();
        self.asm.lock_cmpxchg(width, mem, Reg::Rcx);
        let lost = self.asm.jcc(Cc::Ne);
        self.asm.mov_imm(Reg::Rdx, 0);
        self.asm.bind(lost);
        self.asm.bind(not_held);
        self.asm.mov_imm(Reg::Rax, u64::MAX);
        self.set(special.reservation_address, Reg::Rax);
        if op.dst != Var::NONE {
            self.set(op.dst, Reg::Rdx);
        }
        Some(())
    }
}
