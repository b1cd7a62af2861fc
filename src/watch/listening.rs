//! What a stream listens to.

use zbus::Message;

use crate::backend::Dbus;
use crate::backend::dbus::{Listening, MANAGER, PATH, PROPERTIES};
use crate::bus::subscription::Filter;
use crate::error::Result;

/// Below this all units have their objects.
pub(super) const UNITS: &str = "/org/freedesktop/systemd1/unit";
/// How many signals may wait between two polls of the pump.
const CAPACITY: usize = 1 << 17;

/// Listens to these signals of the manager and of `PropertiesChanged`, and to its reloading and its coming back
/// to the bus.
pub(super) async fn listen(
    dbus: &Dbus,
    of_manager: &[&'static str],
    changes: Vec<Filter>,
) -> Result<Listening> {
    let mut filters: Vec<Filter> = of_manager.iter().map(|&member| manager_signal(member)).collect();
    filters.push(manager_signal("Reloading"));
    filters.extend(changes);
    filters.push(Filter::owner_changes());
    dbus.listen(filters, CAPACITY).await
}

fn manager_signal(member: &'static str) -> Filter {
    Filter { path: Some(PATH.to_owned()), ..Filter::new(MANAGER, member) }
}

/// `PropertiesChanged` of the object at this path, or of all below this one.
pub(super) fn changes(path: Option<String>, path_namespace: Option<&'static str>) -> Filter {
    Filter { path, path_namespace, ..Filter::new(PROPERTIES, "PropertiesChanged") }
}

/// Whether a `NameOwnerChanged` says that systemd is on the bus (again).
pub(super) fn has_new_owner(message: &Message) -> bool {
    let body = message.body();
    let (_, _, owner): (&str, &str, &str) = body.deserialize().unwrap_or_default();
    !owner.is_empty()
}
