//! The signals that wait for one listener.

use std::collections::VecDeque;

use zbus::Message;

use super::filter::Filter;

/// So many bytes of signals wait for one waiter; one signal always may.
const MOST_BYTES: usize = 16 << 20;

/// The signals that came for one waiter; when it is full the oldest goes and is counted.
#[derive(Debug)]
pub(super) struct SignalQueue {
    pub(super) filters: Vec<Filter>,
    /// What it is bound to.
    pub(super) number: Option<u32>,
    /// The match rules on the bus that it stands on.
    pub(super) rules: Vec<String>,
    /// Signals, with their places among all messages that came.
    messages: VecDeque<(u64, Message)>,
    /// How long they are in all.
    bytes: usize,
    capacity: usize,
    lost: u64,
}

impl SignalQueue {
    pub(super) fn new(filters: Vec<Filter>, rules: Vec<String>, capacity: usize) -> Self {
        Self { filters, number: None, rules, messages: VecDeque::new(), bytes: 0, capacity, lost: 0 }
    }

    /// Whether it wants this signal, whose first value is this number.
    pub(super) fn wants(&self, message: &Message, number: Option<u32>) -> bool {
        let is_bound = number.is_some() && number == self.number;
        self.filters.iter().any(|filter| (is_bound || !filter.by_number) && filter.matches(message))
    }

    /// Takes in a signal; false says that it was there already.
    pub(super) fn push(&mut self, position: u64, message: &Message) -> bool {
        if self.messages.back().is_some_and(|(place, _)| *place == position) {
            return false;
        }
        self.bytes += length_of(message);
        self.messages.push_back((position, message.clone()));
        while self.messages.len() > self.capacity || self.bytes > MOST_BYTES && self.messages.len() > 1 {
            self.pop();
            self.lost += 1;
        }
        true
    }

    fn pop(&mut self) -> Option<Message> {
        let (_, message) = self.messages.pop_front()?;
        self.bytes -= length_of(&message);
        Some(message)
    }

    pub(super) fn take(&mut self) -> Option<Heard> {
        match self.lost {
            0 => self.pop().map(Heard::Signal),
            _ => Some(Heard::Lost(std::mem::take(&mut self.lost))),
        }
    }

    pub(super) fn take_before(&mut self, position: u64) -> Option<Heard> {
        let is_before = self.lost > 0 || self.messages.front().is_some_and(|(place, _)| *place < position);
        if is_before { self.take() } else { None }
    }

    pub(super) fn forget_before(&mut self, position: u64) {
        while self.messages.front().is_some_and(|(place, _)| *place < position) {
            self.pop();
        }
        self.lost = 0;
    }
}

fn length_of(message: &Message) -> usize {
    message.data().bytes().len()
}

/// What is taken out of it.
#[derive(Debug)]
pub enum Heard {
    /// The next signal.
    Signal(Message),
    /// So many signals were dropped before the next one, because nobody took them.
    Lost(u64),
}
