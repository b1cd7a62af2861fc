//! In the place of src/error.rs.

/// What an error is about.
pub(crate) enum Kind {
    Unavailable,
}
