#!/usr/bin/env python3
"""Write the conformance test sources, one for each group of instructions, beside this file.

The expected values come from the model in this file, written after the ISA manual, and from no emulator. The sources
are committed: run this only to change them.

    python3 tests/guest/conformance/generate.py [DIR]
"""

import random
import sys
from pathlib import Path

M64 = (1 << 64) - 1
M32 = (1 << 32) - 1


def signed(value, bits=64):
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def word(value):
    """A 32-bit result, sign-extended to a register."""
    return signed(value, 32) & M64


# --- the model: what each instruction computes -----------------------------------------------------------------------


def div(a, b, bits):
    a, b = signed(a, bits), signed(b, bits)
    if b == 0:
        return -1
    quotient = abs(a) // abs(b)
    return quotient if (a < 0) == (b < 0) else -quotient


def rem(a, b, bits):
    a, b = signed(a, bits), signed(b, bits)
    if b == 0:
        return a
    rest = abs(a) % abs(b)
    return -rest if a < 0 else rest


def rotate_left(a, by, bits):
    a &= (1 << bits) - 1
    by %= bits
    return (a << by | a >> (bits - by)) & ((1 << bits) - 1)


def leading_zeros(a, bits):
    return bits - (a & ((1 << bits) - 1)).bit_length()


def trailing_zeros(a, bits):
    a &= (1 << bits) - 1
    return (a & -a).bit_length() - 1 if a else bits


BASE_RR = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "and": lambda a, b: a & b,
    "or": lambda a, b: a | b,
    "xor": lambda a, b: a ^ b,
    "slt": lambda a, b: signed(a) < signed(b),
    "sltu": lambda a, b: a < b,
    "addw": lambda a, b: word(a + b),
    "subw": lambda a, b: word(a - b),
}
SHIFT_RR = {
    "sll": lambda a, b: a << (b & 63),
    "srl": lambda a, b: a >> (b & 63),
    "sra": lambda a, b: signed(a) >> (b & 63),
    "sllw": lambda a, b: word(a << (b & 31)),
    "srlw": lambda a, b: word((a & M32) >> (b & 31)),
    "sraw": lambda a, b: word(signed(a, 32) >> (b & 31)),
}
BASE_RI = {
    "addi": BASE_RR["add"],
    "andi": BASE_RR["and"],
    "ori": BASE_RR["or"],
    "xori": BASE_RR["xor"],
    "slti": BASE_RR["slt"],
    "sltiu": BASE_RR["sltu"],
    "addiw": BASE_RR["addw"],
}
SHIFT_RI = {
    "slli": SHIFT_RR["sll"],
    "srli": SHIFT_RR["srl"],
    "srai": SHIFT_RR["sra"],
    "slliw": SHIFT_RR["sllw"],
    "srliw": SHIFT_RR["srlw"],
    "sraiw": SHIFT_RR["sraw"],
}
MULTIPLY = {
    "mul": lambda a, b: a * b,
    "mulh": lambda a, b: signed(a) * signed(b) >> 64,
    "mulhu": lambda a, b: a * b >> 64,
    "mulhsu": lambda a, b: signed(a) * b >> 64,
    "mulw": lambda a, b: word(a * b),
}
DIVIDE = {
    "div": lambda a, b: div(a, b, 64),
    "divu": lambda a, b: a // b if b else M64,
    "rem": lambda a, b: rem(a, b, 64),
    "remu": lambda a, b: a % b if b else a,
    "divw": lambda a, b: word(div(a, b, 32)),
    "divuw": lambda a, b: word((a & M32) // (b & M32)) if b & M32 else M64,
    "remw": lambda a, b: word(rem(a, b, 32)),
    "remuw": lambda a, b: word((a & M32) % (b & M32)) if b & M32 else word(a),
}
ZBA_RR = {
    "sh1add": lambda a, b: (a << 1) + b,
    "sh2add": lambda a, b: (a << 2) + b,
    "sh3add": lambda a, b: (a << 3) + b,
    "add.uw": lambda a, b: (a & M32) + b,
    "sh1add.uw": lambda a, b: ((a & M32) << 1) + b,
    "sh2add.uw": lambda a, b: ((a & M32) << 2) + b,
    "sh3add.uw": lambda a, b: ((a & M32) << 3) + b,
}
ZBA_RI = {"slli.uw": lambda a, b: (a & M32) << b}
ZBB_RR = {
    "andn": lambda a, b: a & ~b,
    "orn": lambda a, b: a | ~b,
    "xnor": lambda a, b: ~(a ^ b),
    "max": lambda a, b: max(signed(a), signed(b)),
    "maxu": lambda a, b: max(a, b),
    "min": lambda a, b: min(signed(a), signed(b)),
    "minu": lambda a, b: min(a, b),
}
ZBB_ROTATE = {
    "rol": lambda a, b: rotate_left(a, b & 63, 64),
    "ror": lambda a, b: rotate_left(a, 64 - (b & 63), 64),
    "rolw": lambda a, b: word(rotate_left(a, b & 31, 32)),
    "rorw": lambda a, b: word(rotate_left(a, 32 - (b & 31), 32)),
}
ZBB_RI = {"rori": ZBB_ROTATE["ror"], "roriw": ZBB_ROTATE["rorw"]}
ZBB_R = {
    "clz": lambda a: leading_zeros(a, 64),
    "clzw": lambda a: leading_zeros(a, 32),
    "ctz": lambda a: trailing_zeros(a, 64),
    "ctzw": lambda a: trailing_zeros(a, 32),
    "cpop": lambda a: bin(a).count("1"),
    "cpopw": lambda a: bin(a & M32).count("1"),
    "sext.b": lambda a: signed(a, 8),
    "sext.h": lambda a: signed(a, 16),
    "zext.h": lambda a: a & 0xFFFF,
    "rev8": lambda a: int.from_bytes(a.to_bytes(8, "little"), "big"),
    "orc.b": lambda a: int.from_bytes(bytes(0xFF if byte else 0 for byte in a.to_bytes(8, "little")), "little"),
}
ZBS_RR = {
    "bclr": lambda a, b: a & ~(1 << (b & 63)),
    "bext": lambda a, b: a >> (b & 63) & 1,
    "binv": lambda a, b: a ^ 1 << (b & 63),
    "bset": lambda a, b: a | 1 << (b & 63),
}
ZBS_RI = {name + "i": model for name, model in ZBS_RR.items()}
ZICOND = {
    "czero.eqz": lambda a, b: a if b else 0,
    "czero.nez": lambda a, b: 0 if b else a,
}
BRANCHES = {
    "beq": lambda a, b: a == b,
    "bne": lambda a, b: a != b,
    "blt": lambda a, b: signed(a) < signed(b),
    "bge": lambda a, b: signed(a) >= signed(b),
    "bltu": lambda a, b: a < b,
    "bgeu": lambda a, b: a >= b,
}
# What an atomic operation leaves in memory; `bits` wide operands, already truncated.
AMO = {
    "amoswap": lambda m, r, bits: r,
    "amoadd": lambda m, r, bits: m + r,
    "amoxor": lambda m, r, bits: m ^ r,
    "amoand": lambda m, r, bits: m & r,
    "amoor": lambda m, r, bits: m | r,
    "amomin": lambda m, r, bits: min(m, r, key=lambda v: signed(v, bits)),
    "amomax": lambda m, r, bits: max(m, r, key=lambda v: signed(v, bits)),
    "amominu": lambda m, r, bits: min(m, r),
    "amomaxu": lambda m, r, bits: max(m, r),
}
LOADS = {"lb": (1, True), "lh": (2, True), "lw": (4, True), "ld": (8, True),
         "lbu": (1, False), "lhu": (2, False), "lwu": (4, False)}
STORES = {"sb": 1, "sh": 2, "sw": 4, "sd": 8}

# --- operand values -----------------------------------------------------------------------------------------------------

CORNERS = [0, 1, 2, 0x7F, 0x80, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x100000000,
           0x7FFFFFFFFFFFFFFF, 0x8000000000000000, 0xFFFFFFFF80000000, M64 - 1, M64]
SAME = [0, 1, 0x80000000, 0x7FFFFFFF, 0x8000000000000000, 0x123456789ABCDEF0, M64]
IMMEDIATES = [0, 1, -1, 2047, -2048, 0x555, -0x556]


def rng(name):
    return random.Random("conformance " + name)


def pairs(name, count=28):
    """Operand pairs: always some of the corners with themselves, then a choice of mixed ones."""
    r = rng(name)
    fixed = [(0x8000000000000000, M64), (0xFFFFFFFF80000000, M64), (0x80000000, 0xFFFFFFFF), (0, 0), (M64, M64),
             (5, 3), (M64 - 4, 3), (5, M64 - 2), (0x7FFFFFFFFFFFFFFF, 1), (0x7FFFFFFF, 1), (7, 0), (M64 - 6, 0)]
    mixed = [(r.choice(CORNERS), r.choice(CORNERS)) for _ in range((count - len(fixed)) // 2)]
    free = [(r.getrandbits(64), r.getrandbits(r.choice((8, 32, 64)))) for _ in range(count - len(fixed) - len(mixed))]
    return fixed + mixed + free


def shift_pairs(name, count=28):
    """A value and an amount: every boundary amount, also with bits above the amount's field set."""
    r = rng(name)
    amounts = [0, 1, 7, 15, 16, 31, 32, 33, 47, 62, 63, 64, 65, 95, 127, M64, M64 - 31, 0xFFFFFFE0, 0x100000003]
    values = [1, M64, 0x8000000000000000, 0x80000000, 0x7FFFFFFF80000001, 0x0123456789ABCDEF, 0xFEDCBA9876543210]
    rows = [(r.choice(values), amount) for amount in amounts]
    return rows + [(r.getrandbits(64), r.getrandbits(64)) for _ in range(count - len(rows))]


def hexa(value):
    return hex(int(value) & M64)


class Source:
    """One test program's text."""

    def __init__(self, title):
        self.lines = [f"# {title}", "# Written by generate.py; change that.", "",
                      '    .include "conformance.inc"', "    begin_tests"]

    def say(self, text):
        self.lines.append("    " + text)

    def about(self, text):
        self.lines += ["", f"# {text}"]

    def row(self, *values):
        self.say("row " + ", ".join(hexa(v) for v in values))

    def rr(self, name, model, operands):
        self.about(name)
        for a, b in operands:
            self.row(a, b, model(a, b))
        self.say(f"rr {name}, {len(operands)}")
        for a in SAME:
            self.row(a, model(a, a), model(a, 0), model(0, a))
        self.say(f"rr_same {name}, {len(SAME)}")
        for a, b in operands[:2] + operands[-4:]:
            self.say(f"rrk {name}, {hexa(a)}, {hexa(b)}, {hexa(model(a, b))}")

    def ri(self, name, model, immediates):
        self.about(name)
        r = rng(name)
        for immediate in immediates:
            for a in {r.choice(CORNERS): 0, r.getrandbits(64): 0}:
                self.say(f"ri {name}, {immediate}, {hexa(a)}, {hexa(model(a, immediate & M64))}")
        for _ in range(3):
            immediate, a = r.choice(immediates), r.getrandbits(64)
            self.say(f"rik {name}, {immediate}, {hexa(a)}, {hexa(model(a, immediate & M64))}")

    def r(self, name, model):
        self.about(name)
        r = rng(name)
        operands = CORNERS + [1 << n for n in (5, 31, 32, 40, 62)] + [0x0001020300FF8001, 0x8000000000000080]
        operands += [r.getrandbits(64) >> r.randrange(64) for _ in range(8)]
        for a in operands:
            self.row(a, model(a))
        self.say(f"r {name}, {len(operands)}")
        for a in operands[-2:]:
            self.say(f"rk {name}, {hexa(a)}, {hexa(model(a))}")

    def case(self, name, form, want, *code):
        """Runs `code`, which leaves its result in a3."""
        self.say("li a1, 0")
        self.say("li a2, 0")
        for line in code:
            self.say(line)
        self.say(f"li a4, {hexa(want)}")
        self.say(f'check {name}, "{form}"')

    def text(self):
        return "\n".join(self.lines + ["", "    end_tests", ""])


def shift_amounts(name):
    width = 32 if name in ("slliw", "srliw", "sraiw", "roriw") else 64
    return [0, 1, 7, 15, 16, 31] + ([32, 33, 48, 62, 63] if width == 64 else [])


# --- programs -----------------------------------------------------------------------------------------------------------


def simple(title, rr=None, shift_rr=None, ri=None, shift_ri=None, unary=None):
    source = Source(title)
    for name, model in (rr or {}).items():
        source.rr(name, model, pairs(name))
    for name, model in (shift_rr or {}).items():
        source.rr(name, model, shift_pairs(name))
    for name, model in (ri or {}).items():
        source.ri(name, model, IMMEDIATES)
    for name, model in (shift_ri or {}).items():
        source.ri(name, model, shift_amounts(name))
    for name, model in (unary or {}).items():
        source.r(name, model)
    return source


def base_upper():
    source = Source("RV64I: lui and auipc.")
    immediates = [0, 1, 0x7FFFF, 0x80000, 0xFFFFF, 0x12345, 0xFFFFE]
    source.about("lui")
    for immediate in immediates:
        source.say(f"lui_is {hex(immediate)}, {hexa(word(immediate << 12))}")
    source.about("auipc")
    for immediate in immediates:
        source.say(f"auipc_is {hex(immediate)}, {hexa(word(immediate << 12))}")
    return source


def branches():
    source = Source("RV64I: conditional branches, forward and backward, near and far.")
    for name, model in BRANCHES.items():
        source.about(name)
        operands = pairs(name) + [(a, a) for a in SAME]
        for a, b in operands:
            source.row(a, b, model(a, b))
        source.say(f"branch {name}, {len(operands)}")
        source.say(f"branch_same {name}, {int(model(1, 1))}")
    source.about("A reach of almost 4 KiB.")
    source.say("branch_far beq, 1, 1")
    return source


JUMPS = r"""
# jal: the link register holds the next instruction's address; x0 as link links nothing.
    li      a1, 0
    li      a2, 0
    jal     t0, 1f
0:  nop
1:  la      a4, 0b
    mv      a3, t0
    check   jal, "link"
    li      a3, 1
    jal     zero, 1f
    li      a3, 2
1:  li      a4, 1
    check   jal, "rd = x0"
    j       2f
1:  li      a3, 3
    j       3f
2:  jal     t1, 1b
3:  li      a4, 3
    check   jal, "backward"

# jalr: adds the offset, clears bit 0, reads rs1 before it writes rd.
    la      t0, 1f
    jalr    t1, 0(t0)
0:  nop
1:  la      a4, 0b
    mv      a3, t1
    check   jalr, "link"
    la      t0, 1f
    jalr    t0, 0(t0)
0:  nop
1:  la      a4, 0b
    mv      a3, t0
    check   jalr, "rd = rs1"
    la      t0, 1f + 1
    li      a3, 1
    jalr    t1, 0(t0)
    li      a3, 2
1:  li      a4, 1
    check   jalr, "bit 0 of the target cleared"
    la      t0, 1f - 2047
    li      a3, 4
    jalr    t1, 2047(t0)
    li      a3, 2
1:  li      a4, 4
    check   jalr, "offset 2047"
    la      t0, 1f + 2048
    li      a3, 5
    jalr    zero, -2048(t0)
    li      a3, 2
1:  li      a4, 5
    check   jalr, "offset -2048, rd = x0"

# Calls and returns through ra and through the alternative link register t0, to a depth of three.
    li      a3, 0
    call    depth1
    li      a4, 0x321123
    check   jalr, "nested calls and returns"
    li      a3, 10
    jal     t0, through_t0
    addi    a3, a3, 1
    li      a4, 111
    check   jalr, "return through t0"

# One jalr with many targets.
    li      s3, 0
    li      s4, 64
    li      a3, 0
4:  la      t0, targets
    andi    t1, s3, 7
    slli    t1, t1, 3
    add     t0, t0, t1
    jalr    t2, 0(t0)
    addi    s3, s3, 1
    bltu    s3, s4, 4b
    li      a4, 8 * (1 + 2 + 4 + 8 + 16 + 32 + 64 + 128)
    check   jalr, "table of targets"
    j       5f

depth1:
    mv      t3, ra
    ori     a3, a3, 1
    slli    a3, a3, 4
    call    depth2
    slli    a3, a3, 4
    ori     a3, a3, 3
    mv      ra, t3
    ret
depth2:
    mv      t4, ra
    ori     a3, a3, 2
    slli    a3, a3, 4
    call    depth3
    slli    a3, a3, 4
    ori     a3, a3, 2
    mv      ra, t4
    ret
depth3:
    li      a3, 0x321
    slli    a3, a3, 4
    ori     a3, a3, 1
    ret
through_t0:
    addi    a3, a3, 100
    jr      t0
    .balign 8
targets:
    .irp    bit, 1, 2, 4, 8, 16, 32, 64, 128
    addi    a3, a3, \bit
    jr      t2
    .endr
5:
"""

FENCES = r"""
# Fences and hints change no register.
    .macro harmless name, code:vararg
    li      a3, 0x1234
    \code
    li      a1, 0
    li      a2, 0
    li      a4, 0x1234
    check   "\name", "changes nothing"
    .endm
    harmless fence, fence
    harmless "fence rw, w", fence rw, w
    harmless "fence iorw, iorw", fence iorw, iorw
    harmless fence.tso, fence.tso
    harmless fence.i, fence.i
    harmless pause, .4byte 0x0100000f
    harmless "fence, reserved fields set", .4byte 0x0ff6868f
    harmless "lui x0", lui zero, 0xfffff
    harmless "auipc x0", auipc zero, 0x12345
    harmless "addi x0", addi zero, a3, 5
    harmless "addiw x0", addiw zero, a3, 5
    harmless "sub x0", sub zero, a3, a3
    harmless "prefetch.r (ori x0)", .4byte 0x0016e013
"""


def fixed(title, text):
    source = Source(title)
    source.lines += text.splitlines()
    return source


MEMORY = b"".join(v.to_bytes(8, "little") for v in (
    0x8786858483828180, 0x0F0E0D0C0B0A0908, 0x1716151413121110, 0xF7F6F5F4F3F2F1F0,
    0x00FF00FF7F80FF01, 0x8000000000000001, 0x7FFFFFFF80000000, 0x0123456789ABCDEF,
    0xFEDCBA9876543210, 0xAAAAAAAA55555555, 0x00000000FFFFFFFF, 0xFFFFFFFF00000000))
MEMORY_AT = 32  # where the label `memory` lies


def load_value(address, size, sign):
    raw = int.from_bytes(MEMORY[MEMORY_AT + address:MEMORY_AT + address + size], "little")
    return signed(raw, size * 8) if sign else raw


def loads():
    source = Source("RV64I: loads, at aligned and misaligned addresses, offsets up to the limits.")
    for name, (size, sign) in LOADS.items():
        source.about(name)
        aligned = [0, size, 8, 16, 24 - size, -size, -8, -32]
        misaligned = [1, 3, 5, 7, 13, -1, -5] if size > 1 else [1, 2, 3, 7]
        for address in aligned + misaligned:
            source.say(f"load {name}, {address}, 0, {hexa(load_value(address, size, sign))}")
        for offset in (2047, -2048, 100):
            source.say(f"load {name}, {offset}, {8 - offset}, {hexa(load_value(8, size, sign))}")
        source.say(f"load_x0 {name}")
    return source


def stored(address, size, value, fill=0x5A):
    content = bytearray([fill] * 24)
    content[address:address + size] = (value & ((1 << size * 8) - 1)).to_bytes(size, "little")
    return [int.from_bytes(content[i:i + 8], "little") for i in (0, 8, 16)]


def stores():
    source = Source("RV64I: stores, at aligned and misaligned addresses, offsets up to the limits.")
    for name, size in STORES.items():
        source.about(name)
        r = rng(name)
        addresses = [0, 8, 16 - size, 8 + size % 8] + ([1, 3, 5, 7, 11] if size > 1 else [1, 7, 9])
        for address in addresses:
            value = r.getrandbits(64)
            wants = ", ".join(hexa(v) for v in stored(address, size, value))
            source.say(f"store {name}, {address - 8}, 8, {hexa(value)}, {wants}")
        for offset in (2047, -2048):
            value = r.getrandbits(64)
            wants = ", ".join(hexa(v) for v in stored(8, size, value))
            source.say(f"store {name}, {offset}, {8 - offset}, {hexa(value)}, {wants}")
        source.case(name, "x0", 0, "la t0, scratch", "li t1, -1", "sd t1, 0(t0)", f"{name} zero, 0(t0)",
                    f"l{name[1]} a3, 0(t0)")
    return source


def amos(suffix, bits):
    source = Source(f"RV64A: {bits}-bit atomic memory operations.")
    mask = (1 << bits) - 1
    for base, model in AMO.items():
        name = f"{base}.{suffix}"
        source.about(name)
        operands = pairs(name)
        for memory, register in operands:
            after = model(memory & mask, register & mask, bits) & mask
            old = signed(memory, bits)
            source.row(memory, register, old, memory & ~mask | after)
        source.say(f"amo {name}, {len(operands)}")
    return source


LRSC = r"""
    .macro lrsc width, load
# A reservation is good for one sc; lr sign-extends; rd of sc is 0 on success.
    la      t0, scratch
    li      t1, 0xfedcba9887654321
    sd      t1, 0(t0)
    li      a1, 0
    li      a2, 0
    lr.\width a3, (t0)
    \load   a4, 0(t0)
    check   lr.\width, "loads"
    li      t2, 0x77
1:  lr.\width t3, (t0)
    sc.\width a3, t2, (t0)
    bnez    a3, 1b
    \load   a3, 0(t0)
    li      a4, 0x77
    check   sc.\width, "stores"
    li      t2, 0x88
    sc.\width a3, t2, (t0)
    snez    a3, a3
    li      a4, 1
    check   sc.\width, "fails after an sc"
    \load   a3, 0(t0)
    li      a4, 0x77
    check   sc.\width, "a failed sc stores nothing"

# Sums 1 to 1000 in memory, in a constrained loop, with every ordering suffix.
    .irp    order, "", .aq, .rl, .aqrl
    sd      zero, 0(t0)
    li      t1, 1000
2:  lr.\width\order t3, (t0)
    add     t3, t3, t1
    sc.\width\order t4, t3, (t0)
    bnez    t4, 2b
    addi    t1, t1, -1
    bnez    t1, 2b
    ld      a3, 0(t0)
    li      a4, 500500
    check   lr.\width\order, "sum in a loop"
    .endr

# Compare and swap: one that succeeds, one that does not.
    li      t1, 5
    sd      t1, 0(t0)
    li      t2, 5
    li      t3, 9
3:  lr.\width t4, (t0)
    bne     t4, t2, 4f
    sc.\width t5, t3, (t0)
    bnez    t5, 3b
4:  ld      a3, 0(t0)
    li      a4, 9
    check   sc.\width, "compare and swap, equal"
5:  lr.\width t4, (t0)
    bne     t4, t2, 6f
    sc.\width t5, zero, (t0)
    bnez    t5, 5b
6:  ld      a3, 0(t0)
    li      a4, 9
    check   sc.\width, "compare and swap, different"

# rd of sc equal to its source; rd = x0.
    li      t2, 0x55
7:  lr.\width t4, (t0)
    mv      t3, t2
    sc.\width t3, t3, (t0)
    bnez    t3, 7b
    ld      a3, 0(t0)
    li      a4, 0x55
    check   sc.\width, "rd = rs2"
    li      t2, 0x66
8:  lr.\width zero, (t0)
    sc.\width zero, t2, (t0)
    ld      a3, 0(t0)
    bne     a3, t2, 8b
    li      a4, 0x66
    check   sc.\width, "rd = x0"
    .endm

    lrsc    w, lw
    lrsc    d, ld
"""


def compressed():
    s = Source("RV64C: each compressed instruction and each hint.")
    s.say(".option push")
    s.say(".option rvc")
    r = rng("compressed")
    values = [r.getrandbits(64) for _ in range(64)]

    def value():
        return values.pop()

    s.about("Arithmetic with immediates")
    for imm in (1, -1, 31, -32):
        v = value()
        s.case("c.addi", "rd, imm", v + imm, f"li a3, {hexa(v)}", f"c.addi a3, {imm}")
        s.case("c.addiw", "rd, imm", word(v + imm), f"li a3, {hexa(v)}", f"c.addiw a3, {imm}")
        s.case("c.andi", "rd, imm", v & imm, f"li a3, {hexa(v)}", f"c.andi a3, {imm}")
        s.case("c.li", "rd, imm", imm, f"c.li a3, {imm}")
    s.case("c.addiw", "imm = 0 sign-extends", 0xFFFFFFFF80000000, "li a3, 0x80000000", "c.addiw a3, 0")
    for imm in (1, 31, 0xFFFE0, 0xFFFFF):
        s.case("c.lui", "rd, imm", word(imm << 12), f"c.lui a3, {hex(imm)}")
    for amount in (1, 31, 32, 63):
        v = value()
        s.case("c.slli", "rd, shamt", v << amount, f"li a3, {hexa(v)}", f"c.slli a3, {amount}")
        s.case("c.srli", "rd, shamt", v >> amount, f"li a3, {hexa(v)}", f"c.srli a3, {amount}")
        s.case("c.srai", "rd, shamt", signed(v) >> amount, f"li a3, {hexa(v)}", f"c.srai a3, {amount}")

    s.about("Arithmetic on registers")
    for name, model in (("c.sub", BASE_RR["sub"]), ("c.xor", BASE_RR["xor"]), ("c.or", BASE_RR["or"]),
                        ("c.and", BASE_RR["and"]), ("c.subw", BASE_RR["subw"]), ("c.addw", BASE_RR["addw"]),
                        ("c.add", BASE_RR["add"]), ("c.mv", lambda a, b: b)):
        for _ in range(2):
            a, b = r.getrandbits(64), r.choice(CORNERS)
            s.case(name, "rd, rs2", model(a, b), f"li a3, {hexa(a)}", f"li a5, {hexa(b)}", f"{name} a3, a5")
        if name != "c.mv":
            a = r.getrandbits(64)
            s.case(name, "rd = rs2", model(a, a), f"li a3, {hexa(a)}", f"{name} a3, a3")
    for reg in ("t6", "a5", "s11"):
        save = ["mv t0, s11"] if reg == "s11" else []
        back = ["mv s11, t0"] if reg == "s11" else []
        v = r.getrandbits(64)
        s.case("c.mv", f"through {reg}", v, *save, f"li a5, {hexa(v)}", f"c.mv {reg}, a5", f"c.mv a3, {reg}", *back)

    s.about("The stack pointer")
    for imm in (4, 8, 508, 512, 1020):
        s.case("c.addi4spn", "rd, sp, imm", imm, f"c.addi4spn a3, sp, {imm}", "sub a3, a3, sp")
    for imm in (16, 32, -16, 496, -512):
        s.case("c.addi16sp", "imm", imm, "mv t0, sp", f"c.addi16sp sp, {imm}", "sub a3, sp, t0", "mv sp, t0")

    s.about("Loads and stores, offsets at their limits; `scratch` is 64 bytes, the base is moved to reach it")
    for load, store, limit, size in (("c.lw", "c.sw", 124, 4), ("c.ld", "c.sd", 248, 8),
                                     ("c.fld", "c.fsd", 248, 8)):
        register = "fa5" if "f" in load else "a5"
        for offset in (0, size, limit, limit & 0x80 or 64):
            v = r.getrandbits(64)
            want = word(v) if size == 4 else v
            code = ["la t0, scratch", "sd zero, 0(t0)", "mv t1, s1", f"addi s1, t0, {-offset}", f"li a5, {hexa(v)}"]
            code += ["fmv.d.x fa5, a5"] if register == "fa5" else []
            code += [f"{store} {register}, {offset}(s1)", "li a5, 0"]
            code += ["fmv.d.x fa5, zero"] if register == "fa5" else []
            code += [f"{load} {register}, {offset}(s1)", "mv s1, t1"]
            code += ["fmv.x.d a3, fa5"] if register == "fa5" else ["mv a3, a5"]
            s.case(f'"{store}, {load}"', f"offset {offset}", want, *code)
            s.case(store, "memory", v & M32 if size == 4 else v, "la t0, scratch", "ld a3, 0(t0)")
    for load, store, limit, size in (("c.lwsp", "c.swsp", 252, 4), ("c.ldsp", "c.sdsp", 504, 8),
                                     ("c.fldsp", "c.fsdsp", 504, 8)):
        register = "ft8" if "f" in load else "t6"
        for offset in (0, size, 32, limit):
            v = r.getrandbits(64)
            want = word(v) if size == 4 else v
            code = ["mv t1, sp", "la t0, scratch", "sd zero, 0(t0)", f"addi sp, t0, {-offset}", f"li t6, {hexa(v)}"]
            code += ["fmv.d.x ft8, t6"] if register == "ft8" else []
            code += [f"{store} {register}, {offset}(sp)", "li t6, 0"]
            code += ["fmv.d.x ft8, zero"] if register == "ft8" else []
            code += [f"{load} {register}, {offset}(sp)", "mv sp, t1"]
            code += ["fmv.x.d a3, ft8"] if register == "ft8" else ["mv a3, t6"]
            s.case(f'"{store}, {load}"', f"offset {offset}", want, *code)
            s.case(store, "memory", v & M32 if size == 4 else v, "la t0, scratch", "ld a3, 0(t0)")

    s.about("Jumps and branches")
    s.case("c.j", "forward", 1, "li a3, 1", "c.j 1f", "li a3, 2", "1:")
    s.case("c.j", "backward", 3, "li a3, 1", "c.j 2f", "1:", "li a3, 3", "c.j 3f", "2:", "c.j 1b", "3:")
    s.case("c.j", "far", 1, "li a3, 1", "c.j 1f", ".space 2040", "1:")
    for value_, zero_taken, nonzero_taken in ((0, 1, 0), (1, 0, 1), (1 << 63, 0, 1), (1 << 32, 0, 1)):
        for name, want in (("c.beqz", zero_taken), ("c.bnez", nonzero_taken)):
            s.case(name, "forward", want, f"li a5, {hexa(value_)}", "li a3, 1", f"{name} a5, 1f", "li a3, 0", "1:")
            s.case(name, "backward", want, f"li a5, {hexa(value_)}", "c.j 2f", "1:", "li a3, 1", "c.j 3f", "2:",
                   f"{name} a5, 1b", "li a3, 0", "3:")
    s.case("c.beqz", "far", 1, "li a5, 0", "li a3, 1", "c.beqz a5, 1f", "li a3, 0", ".space 250", "1:")
    s.case("c.jr", "rs1", 1, "li a3, 1", "la t0, 1f", "c.jr t0", "li a3, 2", "1:")
    s.case("c.jr", "bit 0 cleared", 1, "li a3, 1", "la t0, 1f + 1", "c.jr t0", "li a3, 2", "1:")
    s.case("c.jalr", "links the next halfword", 0, "la t0, 1f", "c.jalr t0", "2:", "c.nop", "1:", "la t1, 2b",
           "sub a3, ra, t1")
    s.case("c.jalr", "rs1 = ra", 0, "la ra, 1f", "c.jalr ra", "2:", "c.nop", "1:", "la t1, 2b", "sub a3, ra, t1")

    s.about("A 4-byte instruction that crosses a page, after a 2-byte one")
    s.case("c.nop", "instruction across a page", 667, "li a3, 666", "j 1f", ".balign 4096", ".space 4094", "1:",
           ".option push", ".option norvc", "addi a3, a3, 1", ".option pop")

    s.about("Hints: no effect")
    hints = {"c.nop, imm 5": 0x0015, "c.addi a3, 0": 0x0681, "c.li x0, 3": 0x400D, "c.lui x0, 3": 0x600D,
             "c.mv x0, a3": 0x8036, "c.add x0, a3": 0x9036, "c.slli x0, 3": 0x000E, "c.slli a3, 0": 0x0682,
             "c.srli a3, 0": 0x8281, "c.srai a3, 0": 0x8681, "c.ntl.p1": 0x900A}
    for name, encoding in hints.items():
        s.case(f'"{name}"', "no effect", 0xFFFFFFFF80000001, "li a3, 0xFFFFFFFF80000001", f".2byte {hex(encoding)}",
               "add a3, a3, zero")
    s.say(".option pop")
    return s


def counters_and_fp_status():
    s = Source("Zicsr: the floating-point status registers and the user-level counters.")
    s.about("fflags, frm and fcsr: each operation's old value, then fcsr as a whole")
    r = rng("zicsr")
    fields = {"fflags": (0, 0x1F), "frm": (5, 0x7), "fcsr": (0, 0xFF)}
    fcsr = 0
    s.say("csrw fcsr, zero")
    for n in range(60):
        csr = ("fflags", "frm", "fcsr")[n % 3]
        op = ("csrrw", "csrrs", "csrrc", "csrrwi", "csrrsi", "csrrci")[(n + n // 6) % 6]
        shift, mask = fields[csr]
        operand = r.getrandbits(5) if op.endswith("i") else r.getrandbits(64) if n % 4 else r.getrandbits(8)
        old = fcsr >> shift & mask
        new = {"w": operand, "s": old | operand, "c": old & ~operand}[op.rstrip("i")[-1]] & mask
        fcsr = fcsr & ~(mask << shift) | new << shift
        if op.endswith("i"):
            code = [f"{op} a3, {csr}, {operand}"]
        else:
            code = [f"li a5, {hexa(operand)}", f"{op} a3, {csr}, a5"]
        s.case(f'"{op} {csr}"', "old value", old, *code)
        s.case(f'"{op} {csr}"', "fcsr afterwards", fcsr, "csrr a3, fcsr")
    for op, code in (("csrrs", "csrrs a3, fcsr, zero"), ("csrrc", "csrrc a3, fcsr, zero"),
                     ("csrrsi", "csrrsi a3, fcsr, 0"), ("csrrci", "csrrci a3, fcsr, 0")):
        s.case(op, "x0 or 0 reads only", 0xA5, "li a5, 0xa5", "csrw fcsr, a5", code)
        s.case(op, "x0 or 0 writes nothing", 0xA5, "csrr a3, fcsr")
    s.case("csrrw", "rd = rs1", 0xA5, "li a3, 0x5a", "csrrw a3, fcsr, a3")
    s.case("csrrw", "rd = rs1: written", 0x5A, "csrr a3, fcsr")
    s.case("csrrw", "rd = x0", 0x11, "li a5, 0x11", "csrrw zero, fcsr, a5", "csrr a3, fcsr")
    s.say("csrw fcsr, zero")

    s.about("Counters never go back")
    for counter in ("cycle", "time", "instret"):
        s.case(f"rd{counter}", "does not go back", 1, f"rd{counter} t0", "li t2, 100", "1:", "addi t2, t2, -1",
               "bnez t2, 1b", f"rd{counter} t1", "sltu a3, t1, t0", "xori a3, a3, 1")
    return s


PROGRAMS = {
    "rv64i-arithmetic": lambda: simple("RV64I: arithmetic and logic on registers and immediates.", BASE_RR,
                                       ri=BASE_RI),
    "rv64i-shifts": lambda: simple("RV64I: shifts.", shift_rr=SHIFT_RR, shift_ri=SHIFT_RI),
    "rv64i-upper": base_upper,
    "rv64i-branches": branches,
    "rv64i-jumps": lambda: fixed("RV64I: jal and jalr.", JUMPS),
    "rv64i-loads": loads,
    "rv64i-stores": stores,
    "rv64i-fences": lambda: fixed("RV64I: fences and hints.", FENCES),
    "rv64m-multiply": lambda: simple("RV64M: multiplication.", MULTIPLY),
    "rv64m-divide": lambda: simple("RV64M: division, with division by zero and overflow.", DIVIDE),
    "rv64a-amo-w": lambda: amos("w", 32),
    "rv64a-amo-d": lambda: amos("d", 64),
    "rv64a-lrsc": lambda: fixed("RV64A: load-reserved and store-conditional.", LRSC),
    "rv64c": compressed,
    "zba": lambda: simple("Zba: address generation.", ZBA_RR, shift_ri=ZBA_RI),
    "zbb": lambda: simple("Zbb: basic bit manipulation.", ZBB_RR, ZBB_ROTATE, shift_ri=ZBB_RI, unary=ZBB_R),
    "zbs": lambda: simple("Zbs: single-bit instructions.", shift_rr=ZBS_RR, shift_ri=ZBS_RI),
    "zicond": lambda: simple("Zicond: conditional zero.", ZICOND),
    "zicsr": counters_and_fp_status,
}


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    for name, program in PROGRAMS.items():
        (folder / f"{name}.S").write_text(program().text())


if __name__ == "__main__":
    main()
