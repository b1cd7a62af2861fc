//! How a job ended, as far as its own signals tell.

use std::sync::Arc;

use super::{Before, Witnessed};
use crate::backend::dbus::Witness;

/// How a job ended.
#[derive(Clone, Debug, Default)]
pub struct JobEnd {
    /// The result as systemd said it; none where the job is gone and nobody heard how: the unit's state has to tell.
    pub result: Option<String>,
    /// How the unit was before, where it was stopped.
    pub(in crate::backend) before: Option<Before>,
    /// Who listened to the unit meanwhile.
    pub(in crate::backend) witness: Option<Arc<Witness>>,
}

impl JobEnd {
    pub(in crate::backend) fn said(result: &str, before: Option<Before>) -> Self {
        Self { result: Some(result.to_owned()), before, witness: None }
    }

    pub(super) fn told(&self) -> Witnessed {
        self.witness.as_ref().map(|witness| witness.told()).unwrap_or_default()
    }

    pub(super) fn is(&self, result: &str) -> bool {
        self.result.as_deref() == Some(result)
    }
}
