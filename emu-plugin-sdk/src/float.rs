//! Keeps the floating-point control and status register of generated code intact.
//!
//! Generated code runs with the guest's rounding mode and sticky exception flags in the host's
//! register, and calls callbacks as it is. A callback that does arithmetic of its own must leave
//! no trace there. Reading the register is cheap, writing it is not, so it is written only where
//! it changed.
//!
//! Not here: giving callbacks a default environment. Their arithmetic rounds as the guest's does.
//!
//! Unsafe: inline assembly only, each one instruction. On hosts other than x86-64 this does
//! nothing, since no generated code runs there.

/// The environment on entry to a callback.
#[derive(Clone, Copy)]
pub(crate) struct Environment {
    #[cfg(target_arch = "x86_64")]
    mxcsr: u32,
}

impl Environment {
    /// Reads the current environment.
    #[inline(always)]
    pub(crate) fn save() -> Environment {
        Environment {
            #[cfg(target_arch = "x86_64")]
            mxcsr: read(),
        }
    }

    /// Puts the saved environment back if it has changed.
    #[inline(always)]
    pub(crate) fn restore(self) {
        #[cfg(target_arch = "x86_64")]
        if read() != self.mxcsr {
            write(self.mxcsr);
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn read() -> u32 {
    let mut value = 0_u32;
    // SAFETY: stores the register to a local variable.
    unsafe {
        std::arch::asm!(
            "stmxcsr [{}]",
            in(reg) &raw mut value,
            options(nostack, preserves_flags),
        );
    }
    value
}

#[cfg(target_arch = "x86_64")]
#[cold]
fn write(value: u32) {
    // SAFETY: `value` was read from the register, so it sets no reserved bit, and the generated
    // code that we return to relies on exactly this value.
    unsafe {
        std::arch::asm!(
            "ldmxcsr [{}]",
            in(reg) &raw const value,
            options(nostack, preserves_flags, readonly),
        );
    }
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;

    const INEXACT: u32 = 1 << 5;

    #[test]
    fn restores_flags_that_arithmetic_raised() {
        let original = read();
        write(original & !INEXACT);
        let environment = Environment::save();
        let third = std::hint::black_box(1.0_f64) / std::hint::black_box(3.0);
        std::hint::black_box(third);
        let raised = read();
        environment.restore();
        let restored = read();
        write(original);
        assert_eq!(raised & INEXACT, INEXACT, "the division is inexact");
        assert_eq!(restored & INEXACT, 0);
    }
}
