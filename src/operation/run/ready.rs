//! What stands ready for a command.

use crate::operation::program::Variables;
use crate::process::HeldShell;

/// What stands ready, for as long as this lives.
pub(super) struct Ready {
    /// The program's whole path.
    pub(super) program: String,
    /// The file of variables.
    pub(super) variables: Option<String>,
    #[expect(dead_code, reason = "it only has to live")]
    pub(super) held: Held,
}

/// Who holds the file.
pub(super) enum Held {
    Nobody,
    We { _file: Variables },
    Shell { _shell: HeldShell },
}
