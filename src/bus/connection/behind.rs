//! How far a message bus is ahead of us. Above a limit of its own (`max_outgoing_bytes` of dbus-daemon(1), 127 MiB if nothing
//! else is configured) it drops signals in silence, and the connection lives on. The keeper reads what its owners leave, but
//! no thread reads while the whole process is stopped: by a signal, a debugger, a frozen control group.
//!
//! Where a read finds more than the usual few messages the bus is asked for a sign of life. That waits at the bus behind all
//! that is queued there, so what comes before it tells how much that was. Where it is so much that the bus may have
//! dropped some, whoever listens hears that signals are missing.

/// So many bytes of signals may have been queued without any being dropped.
const MOST: u64 = 16 << 20;
/// The next question is asked after so many bytes at the earliest.
const BETWEEN: u64 = 1 << 20;

/// What is known of that.
#[derive(Debug, Default)]
pub(super) struct Behind {
    /// The bytes of all signals that came.
    signals: u64,
    /// How many there were when the bus was asked last.
    at_question: u64,
    /// The number of the call that has not been answered.
    question: Option<u32>,
}

impl Behind {
    /// A signal has come.
    pub(super) fn note(&mut self, length: usize) {
        self.signals = self.signals.saturating_add(length as u64);
    }

    /// An answer has come: what was queued when it was asked for is here.
    pub(super) fn note_answer(&mut self, serial: u32) {
        self.question.take_if(|question| *question == serial);
    }

    fn since_question(&self) -> u64 {
        self.signals - self.at_question
    }

    /// Whether it is time for a question.
    pub(super) fn may_ask(&self) -> bool {
        self.question.is_none() && self.since_question() >= BETWEEN
    }

    /// The call with this number leaves.
    pub(super) fn ask(&mut self, serial: u32) {
        (self.question, self.at_question) = (Some(serial), self.signals);
    }

    /// Whether more was queued than may have been kept; said once for each question.
    pub(super) fn is_too_far(&mut self) -> bool {
        let is_too_much = self.since_question() > MOST;
        self.question.take_if(|_| is_too_much).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_queued_is_what_comes_before_the_answer() {
        for (before_answer, is_lost) in [(0, false), (MOST, false), (MOST + 1, true)] {
            let mut behind = Behind::default();
            assert!(!behind.may_ask(), "nothing has come");
            behind.note(1 << 20);
            assert!(behind.may_ask());
            behind.ask(7);
            assert!(!behind.may_ask(), "one question at a time");
            behind.note(usize::try_from(before_answer).unwrap());
            assert_eq!(behind.is_too_far(), is_lost);
            behind.note_answer(7);
            behind.note(64 << 20);
            assert!(!behind.is_too_far(), "it was told, or came after the answer");
            assert!(behind.may_ask());
        }
    }

    #[test]
    fn other_answers_say_nothing() {
        let mut behind = Behind::default();
        behind.ask(7);
        behind.note_answer(6);
        behind.note(64 << 20);
        assert!(behind.is_too_far());
    }
}
