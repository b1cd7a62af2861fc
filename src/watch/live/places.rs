//! The places among all messages that somebody waits for: what happened before an answer has come before it.

use crate::watch::defect::{Defect, is_back};

/// Places among all messages, by numbers.
#[derive(Debug, Default)]
pub(in crate::watch) struct Places {
    wanted: u64,
    asked: u64,
    had: u64,
}

impl Places {
    /// Wants one, and gives its number.
    pub(in crate::watch) fn want(&mut self) -> u64 {
        self.wanted += 1;
        self.wanted
    }

    /// Whether the one of this number was had.
    pub(in crate::watch) fn has(&self, number: u64) -> bool {
        self.had >= number
    }

    /// Whether one is to be asked for, which is done now.
    pub(in crate::watch) fn ask(&mut self) -> bool {
        std::mem::replace(&mut self.asked, self.wanted) != self.wanted
    }

    /// No answer comes any more to what was asked.
    pub(in crate::watch) fn lose(&mut self) {
        self.asked = self.had;
    }

    /// The answer has come to what was asked last; whether somebody waited for it.
    pub(in crate::watch) fn arrive(&mut self) -> bool {
        let answered = if is_back(Defect::PlaceOfAnother) { self.wanted } else { self.asked };
        std::mem::replace(&mut self.had, answered) != answered
    }
}
