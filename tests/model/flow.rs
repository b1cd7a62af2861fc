//! In the place of src/flow/mod.rs: the files of the library, and a bell that threads of shuttle hear.

#[path = "../../src/flow/joint.rs"]
pub(crate) mod joint;
#[path = "../../src/flow/notice.rs"]
pub(crate) mod notice;

use std::sync::Arc;

use shuttle::sync::{Condvar, Mutex};

/// Rings for good. Who listens while a flow is polled waits for it afterwards, as a driver does in poll(2).
#[derive(Clone, Debug, Default)]
pub(crate) struct Bell(Arc<(Mutex<bool>, Condvar)>);

impl Bell {
    pub(crate) fn ring(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }

    #[expect(clippy::unused_self, reason = "the library's own has a descriptor in it")]
    pub(crate) fn listen(&self) {}

    /// Waits in the place of poll(2).
    pub(crate) fn wait(&self) {
        let mut has_rung = self.0.0.lock().unwrap();
        while !*has_rung {
            has_rung = self.0.1.wait(has_rung).unwrap();
        }
    }
}
