//! Answers and signals as systemd sends them, in size and shape.

use std::collections::BTreeMap;

use pm2go::bus::Call;
use pm2go::unit::UnitName;
use zbus::Message;
use zbus::wire::{ObjectPath, Variant};

use crate::fake_peer::{DISGUISED, FakePeer, as_systemd, parse};

pub(crate) const SERVICE: &str = "org.freedesktop.systemd1";
pub(crate) const PATH: &str = "/org/freedesktop/systemd1";
pub(crate) const MANAGER: &str = "org.freedesktop.systemd1.Manager";
pub(crate) const UNIT: &str = "org.freedesktop.systemd1.Unit";
pub(crate) const SERVICE_UNIT: &str = "org.freedesktop.systemd1.Service";
pub(crate) const PROPERTIES: &str = "org.freedesktop.DBus.Properties";

/// Properties by name, in an order that is always the same.
pub(crate) type Properties = BTreeMap<String, Variant<'static>>;
/// A row of `ListUnits`.
type Row =
    (String, String, String, String, String, String, ObjectPath<'static>, u32, String, ObjectPath<'static>);

fn object_path(unit: &str) -> ObjectPath<'static> {
    let unit: UnitName = unit.parse().unwrap();
    ObjectPath::try_from(unit.object_path()).unwrap()
}

/// The name of a service of ours.
pub(crate) fn service_name(number: usize) -> String {
    format!("pm2-worker-{number:04}.service")
}

/// Rows of a listing: services that do not run.
pub(crate) fn rows(count: usize) -> Vec<Row> {
    let row = |number| {
        let name = service_name(number);
        let description = format!("Worker number {number} of the shop");
        let [loaded, inactive, dead] = ["loaded", "inactive", "dead"].map(str::to_owned);
        let path = object_path(&name);
        let no_job = ObjectPath::try_from("/").unwrap();
        (name, description, loaded, inactive, dead, String::new(), path, 0, String::new(), no_job)
    };
    (0..count).map(row).collect()
}

fn text(text: impl Into<String>) -> Variant<'static> {
    Variant::Str(text.into().into())
}

/// What a program asks of a service.
pub(crate) fn status_properties() -> Properties {
    let texts = [
        ("Id", "pm2-worker-0001.service"),
        ("Description", "Worker number 1 of the shop"),
        ("LoadState", "loaded"),
        ("ActiveState", "active"),
        ("SubState", "running"),
        ("UnitFileState", "enabled"),
        ("FragmentPath", "/etc/systemd/system/pm2-worker-0001.service"),
        ("Result", "success"),
        ("ControlGroup", "/system.slice/pm2-worker-0001.service"),
    ];
    let times = ["ActiveEnterTimestamp", "StateChangeTimestamp", "ExecMainStartTimestamp"];
    let sizes = ["MemoryCurrent", "CPUUsageNSec", "TasksCurrent"];
    let mut found: Properties =
        texts.into_iter().map(|(name, value)| (name.to_owned(), text(value))).collect();
    found.extend(times.map(|name| (name.to_owned(), Variant::U64(1_790_000_000_123_456))));
    found.extend(sizes.map(|name| (name.to_owned(), Variant::U64(12_345_678))));
    found.extend(["MainPID", "ExecMainPID", "NRestarts"].map(|name| (name.to_owned(), Variant::U32(4711))));
    found
}

/// All properties of a service: about as many, of the types and lengths that systemd 252 sends.
pub(crate) fn all_properties() -> Properties {
    let mut found = status_properties();
    let mut add = |stem: &str, count: usize, value: Variant<'static>| {
        found.extend((0..count).map(|number| (format!("{stem}{number}"), value.try_clone().unwrap())));
    };
    add("StartupAllowedMemory", 60, Variant::U64(u64::MAX));
    add("TimeoutStartLimitUSec", 60, Variant::U64(90_000_000));
    add("ProtectKernelTunables", 95, Variant::Bool(true));
    add("StandardOutput", 30, text(""));
    add("SyslogIdentifier", 30, text("journal"));
    add("OOMScoreAdjust", 25, Variant::I32(0));
    add("FileDescriptorStoreMax", 15, Variant::U32(0));
    add("RequiredBy", 40, Variant::from(vec!["basic.target", "system.slice"]));
    add("ReadWritePaths", 15, Variant::from(Vec::<&str>::new()));
    add("CPUAffinity", 8, Variant::from(vec![3_u8; 16]));
    let command = ("/usr/bin/node", vec!["/usr/bin/node", "/srv/shop/worker.js"], false, 0_u64, 0_u64, 0_u32);
    add("ExecStart", 7, Variant::from(vec![command]));
    found
}

/// The answer of a call whatever it is, with this body.
pub(crate) fn answer<B: serde::Serialize + zbus::DynamicType>(body: &B) -> Message {
    let mut bytes = Vec::new();
    Call::new(PATH, MANAGER, "ListUnits").to(SERVICE).encode(7, &mut bytes).unwrap();
    let (_ours, fake) = FakePeer::pair();
    let mut answer = fake.answer(&parse(bytes), body);
    disguise(&mut answer);
    parse(answer)
}

/// What the wire does to systemd's name before zbus sees it.
fn disguise(bytes: &mut [u8]) {
    let at = bytes.windows(SERVICE.len()).position(|part| part == SERVICE.as_bytes()).unwrap();
    bytes[at] = b':';
}

/// `PropertiesChanged` of a service, as bytes.
pub(crate) fn properties_changed(unit: &str, interface: &str, changed: &Properties) -> Vec<u8> {
    let none: &[&str] = &[];
    let body = (interface, changed, none);
    let signal = Message::signal(object_path(unit), PROPERTIES, "PropertiesChanged").sender(DISGUISED);
    as_systemd(&signal.build(&body).unwrap())
}
