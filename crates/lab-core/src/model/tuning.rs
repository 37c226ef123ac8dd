//! What was set on the host, and what came of it.
//!
//! It records; a setting counts as made only where the file was read back.

/// One knob of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnobRecord {
    /// Name of the knob (`governor`, `smt_twins`).
    pub knob: String,
    /// What was to be written, in that order.
    pub settings: Vec<Setting>,
    /// Why the knob has nothing to do on this host ("no cpufreq: virtual machine"); absent when it has.
    pub nothing_here: Option<String>,
}

/// One value of one kernel file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Absolute path of the file.
    pub path: String,
    /// What was in force before; absent when it could not be read, and for a wish that lives with a file descriptor.
    pub original: Option<String>,
    /// What was to be written.
    pub wanted: String,
    /// What was in force when everything was applied; absent when it could not be read.
    pub reached: Option<String>,
    /// What came of it.
    pub outcome: SettingOutcome,
    /// The kernel's error or another reason; absent when the outcome says all.
    pub reason: Option<String>,
}

/// What came of one setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SettingOutcome {
    /// Written, and it reads back as wanted.
    Set,
    /// It read as wanted before anything was written.
    Already,
    /// The kernel took the write, and another value is in force.
    NotTaken,
    /// The kernel, or the rule that nothing is written without a journal, refused the write.
    Refused,
    /// The file was there and is gone, or was never there.
    Vanished,
    /// The file system is read-only, as `/sys` in a container.
    ReadOnly,
    /// The file cannot be read, so it could not be put back, and was not written.
    Unreadable,
    /// Left as it was found: the host is tuned by hand, and that is kept.
    Left,
}

impl SettingOutcome {
    /// Every outcome, in the order of the glossary.
    pub const ALL: [Self; 8] = [
        Self::Set,
        Self::Already,
        Self::NotTaken,
        Self::Refused,
        Self::Vanished,
        Self::ReadOnly,
        Self::Unreadable,
        Self::Left,
    ];

    /// Stored name.
    pub fn id(self) -> &'static str {
        match self {
            Self::Set => "set",
            Self::Already => "already",
            Self::NotTaken => "not_taken",
            Self::Refused => "refused",
            Self::Vanished => "vanished",
            Self::ReadOnly => "read_only",
            Self::Unreadable => "unreadable",
            Self::Left => "left",
        }
    }

    /// Whether the wanted value is in force.
    pub fn is_in_force(self) -> bool {
        matches!(self, Self::Set | Self::Already)
    }
}

impl KnobRecord {
    /// Whether there is something to set that is not in force.
    pub fn is_missing(&self) -> bool {
        self.settings.iter().any(|setting| !setting.outcome.is_in_force())
    }
}
