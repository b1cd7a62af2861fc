//! Which signals are wanted.

use zbus::Message;

/// Which signals are wanted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Filter {
    /// The interface of the signal.
    pub interface: &'static str,
    /// The signal's name.
    pub member: &'static str,
    /// Only from this object.
    pub path: Option<String>,
    /// Only from the objects below this one.
    pub path_namespace: Option<&'static str>,
    /// Only those whose first value is the number that the listener is bound to
    /// ([`Subscription::bind`](super::subscription::Subscription::bind)).
    pub by_number: bool,
}

impl Filter {
    /// All signals of this name.
    #[must_use]
    pub const fn new(interface: &'static str, member: &'static str) -> Self {
        Self { interface, member, path: None, path_namespace: None, by_number: false }
    }

    /// The message bus's word that the service has left it, or come to it.
    #[must_use]
    pub fn owner_changes() -> Self {
        let path = Some("/org/freedesktop/DBus".to_owned());
        Self { path, ..Self::new("org.freedesktop.DBus", "NameOwnerChanged") }
    }

    /// Whether the message is one of them.
    #[must_use]
    pub fn matches(&self, message: &Message) -> bool {
        let header = message.header();
        header.member().is_some_and(|member| member.as_str() == self.member)
            && header.interface().is_some_and(|interface| interface.as_str() == self.interface)
            && self
                .path
                .as_deref()
                .is_none_or(|path| header.path().is_some_and(|found| found.as_str() == path))
            && self.path_namespace.is_none_or(|above| {
                let below = header.path().and_then(|path| path.as_str().strip_prefix(above));
                below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
    }

    /// The match rule that asks a message bus for these signals of `sender`.
    #[must_use]
    pub fn match_rule(&self, sender: &str) -> String {
        let mut rule = format!(
            "type='signal',sender='{sender}',interface='{}',member='{}'",
            self.interface, self.member
        );
        if let Some(path) = &self.path {
            rule.push_str(",path='");
            rule.push_str(path);
            rule.push('\'');
        }
        if let Some(above) = self.path_namespace {
            rule.push_str(",path_namespace='");
            rule.push_str(above);
            rule.push('\'');
        }
        rule
    }
}
