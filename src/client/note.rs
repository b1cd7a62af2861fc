//! What a client's log should hear of.

/// Something the caller's log should hear of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// How much it matters.
    pub level: Level,
    /// What happened.
    pub text: String,
}

/// How much a [`Note`] matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// What was done, step by step.
    Debug,
    /// How the manager is reached.
    Info,
}

impl Note {
    /// A step that was done.
    pub(crate) fn debug(text: String) -> Self {
        Self { level: Level::Debug, text }
    }

    /// How the manager is reached, or what the caller should know of.
    pub(crate) fn info(text: String) -> Self {
        Self { level: Level::Info, text }
    }
}
