//! What a plugin keeps of each vCPU, and the names of its fields.

use std::fmt;
use std::marker::PhantomData;

use crate::abi;
use crate::report::IntoCell;

/// Number of a vCPU. In a user-mode guest, each thread is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VcpuId(u32);

impl VcpuId {
    pub(crate) fn new(number: u32) -> VcpuId {
        VcpuId(number)
    }

    /// The number, from 0.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Display for VcpuId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'a> IntoCell<'a> for VcpuId {
    fn into_cell(self) -> abi::Cell<'a> {
        abi::Cell::Unsigned(self.0.into())
    }
}

/// The state that a plugin keeps of each vCPU, derived with `#[derive(VcpuState)]`.
///
/// The host keeps one for each vCPU next to the vCPU's registers, starts it as [`Default`], and
/// passes it to hooks and callbacks by `&mut`. The derive gives every field of type `u64` a
/// constant of type [`Counter`], and every field of type `[u64; N]` one of type [`Counters`],
/// with the field's name in capitals:
///
/// ```
/// use emu_plugin_sdk::{Counter, VcpuState};
///
/// #[derive(Default, VcpuState)]
/// struct Counts {
///     insns: u64,
///     by_size: [u64; 4],
///     last_page: Option<u64>, // no counter
/// }
///
/// let counter: Counter<Counts> = Counts::INSNS;
/// let of_eight_bytes: Counter<Counts> = Counts::BY_SIZE.at(3);
/// ```
pub trait VcpuState: Default + Send + 'static {}

impl VcpuState for () {}

/// Names a `u64` field of the per-vCPU state `S`, for inline additions.
pub struct Counter<S> {
    offset: u32,
    state: PhantomData<fn() -> S>,
}

impl<S> Clone for Counter<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Counter<S> {}

impl<S> fmt::Debug for Counter<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Counter").field(&self.offset).finish()
    }
}

impl<S> Counter<S> {
    /// For `#[derive(VcpuState)]`.
    ///
    /// # Safety
    ///
    /// At `offset` bytes into `S` lies a field of type `u64`.
    #[doc(hidden)]
    #[must_use]
    pub const unsafe fn at_offset(offset: usize) -> Counter<S> {
        assert!(
            offset < u32::MAX as usize,
            "the per-vCPU state is too large"
        );
        Counter {
            offset: offset as u32,
            state: PhantomData,
        }
    }

    pub(crate) fn offset(self) -> u64 {
        self.offset.into()
    }
}

/// Names a `[u64; N]` field of the per-vCPU state `S`.
pub struct Counters<S, const N: usize> {
    first: Counter<S>,
}

impl<S, const N: usize> Clone for Counters<S, N> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S, const N: usize> Copy for Counters<S, N> {}

impl<S, const N: usize> fmt::Debug for Counters<S, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Counters")
            .field(&self.first.offset)
            .field(&N)
            .finish()
    }
}

impl<S, const N: usize> Counters<S, N> {
    /// For `#[derive(VcpuState)]`.
    ///
    /// # Safety
    ///
    /// At `offset` bytes into `S` lies a field of type `[u64; N]`.
    #[doc(hidden)]
    #[must_use]
    pub const unsafe fn at_offset(offset: usize) -> Counters<S, N> {
        // SAFETY: the caller vouches for an array there; it is used within its bounds only.
        let first = unsafe { Counter::at_offset(offset) };
        Counters { first }
    }

    /// The element at `index`.
    ///
    /// # Panics
    ///
    /// If `index` is not below `N`.
    #[must_use]
    pub const fn at(self, index: usize) -> Counter<S> {
        assert!(index < N, "the index of a counter is out of range");
        // SAFETY: the array has an element at `index`.
        unsafe { Counter::at_offset(self.first.offset as usize + index * size_of::<u64>()) }
    }

    /// How many there are.
    #[must_use]
    pub const fn len(self) -> usize {
        N
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        N == 0
    }
}

/// The states of all vCPUs that ever ran, ordered by number.
#[derive(Debug)]
pub struct Vcpus<'a, S> {
    states: Vec<(VcpuId, &'a S)>,
}

impl<'a, S> Vcpus<'a, S> {
    /// # Safety
    ///
    /// Each state in the view is an initialised `S` that nothing changes during `'a`.
    pub(crate) unsafe fn from_view(view: &abi::StatesView<'a>) -> Vcpus<'a, S> {
        let states = view.states.iter().map(|entry| {
            // SAFETY: the caller vouches for the state.
            (VcpuId::new(entry.vcpu), unsafe {
                &*entry.state.cast::<S>()
            })
        });
        Vcpus {
            states: states.collect(),
        }
    }

    /// The vCPUs and their states.
    pub fn iter(&self) -> std::iter::Copied<std::slice::Iter<'_, (VcpuId, &'a S)>> {
        self.states.iter().copied()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.states.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.states.is_empty()
    }

    /// The sum of a figure over all of them.
    pub fn sum(&self, figure: impl Fn(&S) -> u64) -> u64 {
        self.states
            .iter()
            .fold(0, |sum, (_, state)| sum.wrapping_add(figure(state)))
    }
}

impl<'v, 'a, S> IntoIterator for &'v Vcpus<'a, S> {
    type Item = (VcpuId, &'a S);
    type IntoIter = std::iter::Copied<std::slice::Iter<'v, (VcpuId, &'a S)>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
