//! What a host can do, as bits that a plugin can ask for.

/// One ability of the host. The discriminant is the bit's number and never changes.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Feature {
    /// Inline additions to fields of the per-vCPU state.
    InlineAdd = 0,
    /// Callbacks on entry to blocks and before instructions.
    ExecCallbacks = 1,
    /// Callbacks after memory accesses.
    MemoryCallbacks = 2,
    /// Disassembly on demand.
    Disassembly = 3,
    /// Look-up of symbols by address.
    Symbols = 4,
    /// Streamed records.
    Streams = 5,
    /// Sections of the report at exit.
    Reports = 6,
    /// Hooks at the start and the exit of a vCPU.
    VcpuEvents = 7,
    /// Hooks at the entry to and the return from a system call.
    SyscallEvents = 8,
    /// A plugin may ask for the run to stop.
    Stop = 9,
}

impl Feature {
    /// All features that this version of the SDK knows.
    pub const ALL: &'static [Feature] = &[
        Feature::InlineAdd,
        Feature::ExecCallbacks,
        Feature::MemoryCallbacks,
        Feature::Disassembly,
        Feature::Symbols,
        Feature::Streams,
        Feature::Reports,
        Feature::VcpuEvents,
        Feature::SyscallEvents,
        Feature::Stop,
    ];

    /// The name used in messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Feature::InlineAdd => "inline additions",
            Feature::ExecCallbacks => "execution callbacks",
            Feature::MemoryCallbacks => "memory callbacks",
            Feature::Disassembly => "disassembly",
            Feature::Symbols => "symbols",
            Feature::Streams => "streamed records",
            Feature::Reports => "reports",
            Feature::VcpuEvents => "vCPU events",
            Feature::SyscallEvents => "system call events",
            Feature::Stop => "stop requests",
        }
    }
}

/// A set of [`Feature`]s, which may hold bits that this version of the SDK has no name for.
#[repr(transparent)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct FeatureSet(pub u64);

impl FeatureSet {
    /// The empty set.
    pub const NONE: FeatureSet = FeatureSet(0);
    /// All features that this version of the SDK knows.
    pub const ALL: FeatureSet = {
        let mut set = FeatureSet::NONE;
        let mut index = 0;
        while index < Feature::ALL.len() {
            set = set.with(Feature::ALL[index]);
            index += 1;
        }
        set
    };

    /// This set and `feature`.
    #[must_use]
    pub const fn with(self, feature: Feature) -> FeatureSet {
        FeatureSet(self.0 | 1 << feature as u32)
    }

    /// Whether `feature` is in the set.
    #[must_use]
    pub const fn has(self, feature: Feature) -> bool {
        self.0 & (1 << feature as u32) != 0
    }

    /// What is in this set and not in `other`.
    #[must_use]
    pub const fn without(self, other: FeatureSet) -> FeatureSet {
        FeatureSet(self.0 & !other.0)
    }

    /// Whether nothing is in the set.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl std::fmt::Display for FeatureSet {
    /// The names, separated by commas; bits without a name by number.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut separator = "";
        for bit in (0..u64::BITS).filter(|bit| self.0 & (1 << bit) != 0) {
            f.write_str(separator)?;
            match Feature::ALL.iter().find(|feature| **feature as u32 == bit) {
                Some(feature) => f.write_str(feature.name())?,
                None => write!(f, "feature {bit}")?,
            }
            separator = ", ";
        }
        Ok(())
    }
}
