//! Integer semantics: one pure function per operation of the table, named after it.

use crate::ir::Cond;

/// One operand.
macro_rules! unary {
    ($($name:ident($a:ident) $result:expr;)*) => {
        $(#[inline(always)]
        pub(super) fn $name($a: u64) -> u64 { $result })*
    };
}

unary! {
    mov(a) a;
    not(a) !a;
    sext8(a) a as i8 as u64;
    sext16(a) a as i16 as u64;
    sext32(a) a as i32 as u64;
    zext8(a) u64::from(a as u8);
    zext16(a) u64::from(a as u16);
    zext32(a) u64::from(a as u32);
    clz(a) u64::from(a.leading_zeros());
    clz_w(a) u64::from((a as u32).leading_zeros());
    ctz(a) u64::from(a.trailing_zeros());
    ctz_w(a) u64::from((a as u32).trailing_zeros());
    popcnt(a) u64::from(a.count_ones());
    popcnt_w(a) u64::from((a as u32).count_ones());
    bswap(a) a.swap_bytes();
    orbytes(a) u64::from_le_bytes(a.to_le_bytes().map(|byte| if byte == 0 { 0 } else { 0xff }));
}

/// Two operands, as 64-bit numbers.
macro_rules! binary {
    ($($name:ident($a:ident, $b:ident) $result:expr;)*) => {
        $(#[inline(always)]
        pub(super) fn $name($a: u64, $b: u64) -> u64 { $result })*
    };
}

/// High half of a product, of operands widened to 128 bits with or without their sign.
fn high(product: i128) -> u64 {
    (product >> 64) as u64
}

binary! {
    add(a, b) a.wrapping_add(b);
    sub(a, b) a.wrapping_sub(b);
    mul(a, b) a.wrapping_mul(b);
    mulh_s(a, b) high(i128::from(a as i64) * i128::from(b as i64));
    mulh_u(a, b) ((u128::from(a) * u128::from(b)) >> 64) as u64;
    mulh_su(a, b) high(i128::from(a as i64) * i128::from(b));
    div_s(a, b) if b == 0 { u64::MAX } else { (a as i64).wrapping_div(b as i64) as u64 };
    div_u(a, b) a.checked_div(b).unwrap_or(u64::MAX);
    rem_s(a, b) if b == 0 { a } else { (a as i64).wrapping_rem(b as i64) as u64 };
    rem_u(a, b) a.checked_rem(b).unwrap_or(a);
    and(a, b) a & b;
    or(a, b) a | b;
    xor(a, b) a ^ b;
    andnot(a, b) a & !b;
    shl(a, b) a.wrapping_shl(b as u32);
    shr_u(a, b) a.wrapping_shr(b as u32);
    shr_s(a, b) (a as i64).wrapping_shr(b as u32) as u64;
    rotl(a, b) a.rotate_left(b as u32 & 63);
    rotr(a, b) a.rotate_right(b as u32 & 63);
    min_s(a, b) (a as i64).min(b as i64) as u64;
    min_u(a, b) a.min(b);
    max_s(a, b) (a as i64).max(b as i64) as u64;
    max_u(a, b) a.max(b);
}

/// Two operands, of which the low 32 bits count; the result is sign-extended.
macro_rules! binary_w {
    ($($name:ident($a:ident, $b:ident) $result:expr;)*) => {
        $(#[inline(always)]
        pub(super) fn $name(a: u64, b: u64) -> u64 {
            let ($a, $b) = (a as i32, b as i32);
            let result = $result;
            result as i32 as u64
        })*
    };
}

binary_w! {
    add_w(a, b) a.wrapping_add(b);
    sub_w(a, b) a.wrapping_sub(b);
    mul_w(a, b) a.wrapping_mul(b);
    div_s_w(a, b) if b == 0 { -1 } else { a.wrapping_div(b) };
    div_u_w(a, b) (a as u32).checked_div(b as u32).unwrap_or(u32::MAX);
    rem_s_w(a, b) if b == 0 { a } else { a.wrapping_rem(b) };
    rem_u_w(a, b) (a as u32).checked_rem(b as u32).unwrap_or(a as u32);
    shl_w(a, b) a.wrapping_shl(b as u32);
    shr_u_w(a, b) (a as u32).wrapping_shr(b as u32);
    shr_s_w(a, b) a.wrapping_shr(b as u32);
    rotl_w(a, b) a.rotate_left(b as u32 & 31);
    rotr_w(a, b) a.rotate_right(b as u32 & 31);
}

/// Whether `a <cond> b`.
#[inline(always)]
pub(super) fn holds(cond: Cond, a: u64, b: u64) -> bool {
    match cond {
        Cond::Eq => a == b,
        Cond::Ne => a != b,
        Cond::LtS => (a as i64) < (b as i64),
        Cond::GeS => (a as i64) >= (b as i64),
        Cond::LtU => a < b,
        Cond::GeU => a >= b,
    }
}
