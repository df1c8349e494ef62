//! Threads of the guest.
//!
//! A guest thread is a host thread that runs one vCPU; its ID is the host's. [`Thread`] is what
//! Linux keeps per thread and the vCPU does not; it is used by its own thread only, hence the
//! cells. [`Threads`] is what the process knows of all of them.
//!
//! The leader is the thread that ends the process for the host: the first one, or after a fork
//! the one that forked. It leaves last.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use super::LinuxProcess;
use super::abi::riscv64 as abi;
use super::errno::Errno;
use super::fork::{CloneRequest, VforkChild};
use super::futex;
use super::signal::StackDescriptor;
use super::signal::host::{self, PendingSlot};
use super::syscall::{Call, Stop, SysResult};
use crate::environment::{CpuContext, Environment, ExitStatus};

/// How long the leader waits for the others once the process ends: they may be in the host's
/// kernel, in a call that cannot be interrupted.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(1);

/// The operating system's part of a thread.
#[derive(Debug)]
pub(crate) struct Thread {
    /// Its ID.
    pub(crate) tid: Cell<i32>,
    /// Whether it ends the process for the host.
    pub(crate) leader: Cell<bool>,
    /// Whether it was made by the guest: the host's main function does not wait for it.
    pub(crate) spawned: bool,
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
    pub(crate) vfork: RefCell<Option<VforkChild>>,
}

/// What a new thread inherits from `clone`.
#[derive(Debug, Clone, Copy)]
struct Inheritance {
    mask: u64,
    clear_child_tid: u64,
}

thread_local! {
    static CURRENT: RefCell<Option<Rc<Thread>>> = const { RefCell::new(None) };
    static INHERITANCE: Cell<Option<Inheritance>> = const { Cell::new(None) };
}

impl Thread {
    /// Starts a thread of the guest on this thread of the host, which runs `cpu`.
    pub(crate) fn attach(process: &LinuxProcess, cpu: &CpuContext<'_>) -> Rc<Thread> {
        let tid = host::thread_id();
        let inheritance = INHERITANCE.take();
        let spawned = inheritance.is_some();
        if !spawned {
            process.threads.enter(tid);
        }
        let thread = Rc::new(Thread {
            tid: Cell::new(tid),
            leader: Cell::new(!spawned),
            spawned,
            pending: PendingSlot::new(),
            mask: Cell::new(inheritance.map_or(process.initial_mask, |inherited| inherited.mask)),
            alternate_stack: Cell::new(StackDescriptor::DISABLED),
            clear_child_tid: Cell::new(
                inheritance.map_or(0, |inherited| inherited.clear_child_tid),
            ),
            robust_list: Cell::new((0, 0)),
            vfork: RefCell::new(None),
        });
        host::enter_thread(&thread.pending, cpu.state);
        CURRENT.set(Some(Rc::clone(&thread)));
        // Whoever ended the process meanwhile could not interrupt this thread yet.
        if process.threads.exit_status().is_some() {
            cpu.state.exit_request.store(1, Ordering::Release);
        }
        host::set_mask(thread.mask.get());
        thread
    }

    /// Ends it.
    pub(crate) fn detach(process: &LinuxProcess, cpu: &CpuContext<'_>) {
        host::set_mask(u64::MAX);
        host::leave_thread();
        let Some(thread) = CURRENT.take() else { return };
        // What it holds other processes may wait for, however it ended.
        release_robust_futexes(process, &thread);
        if !thread.leader.get() {
            process.threads.leave(thread.tid.get());
            return;
        }
        process.threads.wait_for_others(Some(LEAVE_TIMEOUT));
        if let (true, Some(status)) = (thread.spawned, process.threads.exit_status()) {
            // The process is a fork, made on this thread: there is no main function to go back to.
            cpu.engine.before_exec();
            end_process(status);
        }
    }

    /// The thread of the guest that runs on this thread of the host; made on first use.
    pub(crate) fn current(process: &LinuxProcess, cpu: &CpuContext<'_>) -> Rc<Thread> {
        CURRENT
            .with_borrow(Option::clone)
            .unwrap_or_else(|| Thread::attach(process, cpu))
    }
}

fn end_process(status: ExitStatus) -> ! {
    match status {
        ExitStatus::Code(code) => std::process::exit(code),
        ExitStatus::Signal(signal) => host::die_of_signal(signal),
    }
}

/// The threads of a process.
#[derive(Debug, Default)]
pub(crate) struct Threads {
    state: Mutex<ThreadsState>,
    changed: Condvar,
}

/// Under the lock.
#[derive(Debug, Default)]
pub(crate) struct ThreadsState {
    running: Vec<i32>,
    /// Set once the process is over.
    exit: Option<ExitStatus>,
}

impl Threads {
    /// Locks, for a fork.
    pub(crate) fn lock(&self) -> MutexGuard<'_, ThreadsState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self, tid: i32) {
        self.lock().running.push(tid);
    }

    /// How many threads the guest has.
    pub(crate) fn count(&self) -> usize {
        self.lock().running.len()
    }

    fn leave(&self, tid: i32) {
        self.lock().running.retain(|&running| running != tid);
        self.changed.notify_all();
    }

    /// In the child of a fork: this thread alone is left.
    pub(crate) fn keep_only(&self, tid: i32) {
        *self.lock() = ThreadsState {
            running: vec![tid],
            exit: None,
        };
    }

    /// How the process ends, once that is decided.
    pub(crate) fn exit_status(&self) -> Option<ExitStatus> {
        self.lock().exit
    }

    /// Decides how the process ends, unless it was decided before, and interrupts all other threads.
    pub(crate) fn end(&self, status: ExitStatus) -> ExitStatus {
        let mut state = self.lock();
        if let Some(decided) = state.exit {
            return decided;
        }
        state.exit = Some(status);
        let own = host::thread_id();
        for &tid in state.running.iter().filter(|&&tid| tid != own) {
            host::interrupt_thread(tid);
        }
        self.changed.notify_all();
        status
    }

    /// Waits until no other thread is left, or until `timeout`; or, without one, until the process
    /// is ended by another thread.
    pub(crate) fn wait_for_others(&self, timeout: Option<Duration>) -> Option<ExitStatus> {
        let mut state = self.lock();
        while state.running.len() > 1 {
            match timeout {
                None if state.exit.is_some() => break,
                None => {
                    state = self
                        .changed
                        .wait(state)
                        .unwrap_or_else(PoisonError::into_inner)
                }
                Some(timeout) => {
                    let (guard, waited) = self
                        .changed
                        .wait_timeout(state, timeout)
                        .unwrap_or_else(PoisonError::into_inner);
                    state = guard;
                    if waited.timed_out() {
                        break;
                    }
                }
            }
        }
        state.exit
    }
}

/// Answers `clone` for a thread.
pub(crate) fn spawn(call: &mut Call<'_, '_>, request: &CloneRequest) -> SysResult {
    let request = *request;
    let has = move |flag: i32| request.flags & flag as u64 != 0;
    if !has(libc::CLONE_VM) || !has(libc::CLONE_SIGHAND) || has(libc::CLONE_PIDFD) {
        return Err(Errno::EINVAL.into());
    }
    let process = call.process.me.upgrade().ok_or(Errno::EAGAIN)?;
    // The new thread starts with all signals blocked, until it is set up.
    host::set_mask(u64::MAX);
    if call.thread.pending.signal().is_some() {
        return Err(Stop::NotStarted);
    }
    let inheritance = Inheritance {
        mask: call.thread.mask.get(),
        clear_child_tid: if has(libc::CLONE_CHILD_CLEARTID) {
            request.child_tid
        } else {
            0
        },
    };
    let environment: Arc<dyn Environment> = process.clone();
    let (started, has_started) = mpsc::channel();
    let setup = move |state: &mut emu_tcg::state::CpuState| {
        abi::set_result(state, 0);
        if request.stack != 0 {
            abi::set_stack_pointer(state, request.stack);
        }
        if has(libc::CLONE_SETTLS) {
            abi::set_thread_pointer(state, request.thread_pointer);
        }
        let tid = host::thread_id();
        // As for Linux, an address that cannot be written is nobody's error.
        if has(libc::CLONE_PARENT_SETTID) {
            let _ = process.memory.space.write(request.parent_tid, &tid);
        }
        if has(libc::CLONE_CHILD_SETTID) {
            let _ = process.memory.space.write(request.child_tid, &tid);
        }
        INHERITANCE.set(Some(inheritance));
        process.threads.enter(tid);
        // The parent waits for this.
        let _ = started.send(tid);
    };
    let spawned = call
        .cpu
        .engine
        .spawn_cpu(environment, call.cpu.state, Box::new(setup));
    let tid = spawned.ok().and_then(|()| has_started.recv().ok());
    call.process.signals.recover_from_thread_start();
    host::set_mask(call.thread.mask.get());
    tid.map(|tid| tid as u64).ok_or(Stop::Errno(Errno::EAGAIN))
}

/// Answers `exit`.
pub(crate) fn exit(call: &mut Call<'_, '_>, status: ExitStatus) -> SysResult {
    release(call);
    if !call.thread.leader.get() {
        return Err(Stop::ThreadExit);
    }
    // The leader outlives the others, but takes no more signals.
    host::set_mask(u64::MAX);
    let decided = call.process.threads.wait_for_others(None);
    super::fork::leave_vfork(call);
    Err(Stop::Exit(decided.unwrap_or(status)))
}

/// Gives up what other threads wait for.
fn release(call: &Call<'_, '_>) {
    release_robust_futexes(call.process, call.thread);
    let address = call.thread.clear_child_tid.replace(0);
    if address != 0 && call.write(address, &0u32).is_ok() {
        futex::wake(call.space(), address, 1);
    }
}

fn release_robust_futexes(process: &LinuxProcess, thread: &Thread) {
    let (head, _) = thread.robust_list.take();
    if head != 0 {
        futex::release_robust_list(&process.memory.space, head, thread.tid.get());
    }
}
