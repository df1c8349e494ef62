//! Threads of the guest.
//!
//! A guest thread is a host thread that runs one vCPU. This is what Linux keeps per thread and
//! the vCPU does not; it is used by its own thread only, hence the cells.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::signal::StackDescriptor;
use super::signal::host::{self, PendingSlot};
use crate::environment::CpuContext;

/// The operating system's part of a thread.
#[derive(Debug)]
pub(crate) struct Thread {
    /// The signal that was caught and waits for delivery.
    pub(crate) pending: PendingSlot,
    /// Blocked signals, as the guest sees it.
    pub(crate) mask: Cell<u64>,
    /// Where handlers run that ask for it.
    pub(crate) alternate_stack: Cell<StackDescriptor>,
    /// Where to store 0 when the thread ends; 0 for nowhere.
    pub(crate) clear_child_tid: Cell<u64>,
    /// Address and size of the list of held robust futexes.
    pub(crate) robust_list: Cell<(u64, u64)>,
    /// In a child made by `vfork`: how its parent learns that it has ended or turned into
    /// another program.
    pub(crate) vfork: RefCell<Option<super::fork::VforkChild>>,
}

thread_local! {
    static CURRENT: RefCell<Option<Rc<Thread>>> = const { RefCell::new(None) };
}

impl Thread {
    fn new(mask: u64) -> Thread {
        Thread {
            pending: PendingSlot::new(),
            mask: Cell::new(mask),
            alternate_stack: Cell::new(StackDescriptor::DISABLED),
            clear_child_tid: Cell::new(0),
            robust_list: Cell::new((0, 0)),
            vfork: RefCell::new(None),
        }
    }

    /// Starts a thread of the guest on this thread of the host, which runs `cpu`.
    pub(crate) fn attach(cpu: &CpuContext<'_>) -> Rc<Thread> {
        let thread = Rc::new(Thread::new(host::mask()));
        host::enter_thread(&thread.pending, cpu.state);
        CURRENT.set(Some(Rc::clone(&thread)));
        thread
    }

    /// Ends it.
    pub(crate) fn detach() {
        host::leave_thread();
        CURRENT.set(None);
    }

    /// The thread of the guest that runs on this thread of the host; made on first use.
    pub(crate) fn current(cpu: &CpuContext<'_>) -> Rc<Thread> {
        CURRENT
            .with_borrow(Option::clone)
            .unwrap_or_else(|| Thread::attach(cpu))
    }
}
