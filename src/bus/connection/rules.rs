//! Match rules: what a message bus was asked to hand to this connection. The private socket has none.

use std::collections::{HashMap, HashSet};

/// The match rules of a connection.
#[derive(Debug, Default)]
pub(super) struct Rules {
    /// How many subscriptions stand on each that is in force.
    pub(super) standing: HashMap<String, usize>,
    /// Those that stay for a while when no subscription stands on them.
    pub(super) kept: HashSet<String>,
}

impl Rules {
    /// One more subscription stands on the rule; true says that the bus has to be asked for it.
    pub(super) fn enter(&mut self, rule: &str) -> bool {
        match self.standing.get_mut(rule) {
            Some(count) => {
                *count += 1;
                false
            }
            None => self.standing.insert(rule.to_owned(), 1).is_none(),
        }
    }

    /// One subscription less stands on the rule; true says that the bus has to be told that nobody does.
    pub(super) fn leave(&mut self, rule: &str) -> bool {
        let Some(count) = self.standing.get_mut(rule) else { return false };
        *count -= 1;
        if *count > 0 {
            return false;
        }
        !self.kept.contains(rule) && self.standing.remove(rule).is_some()
    }

    /// Takes out the rules that no subscription stands on.
    pub(super) fn take_deserted(&mut self) -> Vec<String> {
        self.standing.extract_if(|_, count| *count == 0).map(|(rule, _)| rule).collect()
    }
}
