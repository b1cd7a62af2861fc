//! How far reading has come.

/// How far reading has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// There may be something to take, and more to read.
    Some,
    /// All is read that there is now.
    Nothing,
    /// All is read.
    End,
}
