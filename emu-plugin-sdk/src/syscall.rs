//! System calls as a plugin sees them.

use std::ops::Deref;

use crate::VcpuId;
use crate::abi::SyscallView;

/// A system call that the guest makes.
#[derive(Debug, Clone, Copy)]
pub struct Syscall<'a> {
    view: SyscallView<'a>,
}

impl<'a> Syscall<'a> {
    pub(crate) fn new(view: SyscallView<'a>) -> Syscall<'a> {
        Syscall { view }
    }

    /// The vCPU that makes it.
    #[must_use]
    pub fn vcpu(&self) -> VcpuId {
        VcpuId::new(self.view.vcpu)
    }

    /// Guest address of the instruction that makes it.
    #[must_use]
    pub fn pc(&self) -> u64 {
        self.view.pc
    }

    /// The guest's number of it.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.view.number
    }

    /// Its name, such as `openat`; `None` if the emulator does not know it.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        Some(self.view.name.as_str()).filter(|name| !name.is_empty())
    }

    /// Its raw arguments.
    #[must_use]
    pub fn arguments(&self) -> [u64; 6] {
        self.view.arguments
    }

    /// Its arguments as readable text, without parentheses: `1, "hi\n", 3`. What the call itself
    /// fills in is readable at its return only.
    #[must_use]
    pub fn text(&self) -> &str {
        self.view.text.as_str()
    }
}

/// A system call that returns to the guest. It has all that [`Syscall`] has.
#[derive(Debug, Clone, Copy)]
pub struct SyscallReturn<'a> {
    call: Syscall<'a>,
}

impl<'a> SyscallReturn<'a> {
    pub(crate) fn new(view: SyscallView<'a>) -> SyscallReturn<'a> {
        SyscallReturn {
            call: Syscall::new(view),
        }
    }

    /// The raw result: a negative error number on failure.
    #[must_use]
    pub fn result(&self) -> i64 {
        self.call.view.result
    }

    /// Name of the error, such as `ENOENT`; `None` on success.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        Some(self.call.view.error.as_str()).filter(|error| !error.is_empty())
    }
}

impl<'a> Deref for SyscallReturn<'a> {
    type Target = Syscall<'a>;

    fn deref(&self) -> &Syscall<'a> {
        &self.call
    }
}
