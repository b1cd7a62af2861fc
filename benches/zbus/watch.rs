//! Watchers: a stream each on one connection, read by a task each.

use std::collections::{HashMap, HashSet};
use std::io::{self, Read};
use std::time::{SystemTime, UNIX_EPOCH};

use futures_util::StreamExt;
use futures_util::stream::{BoxStream, select};
use pm2go::unit::UnitName;
use serde_json::json;
use zbus::message::Type;
use zbus::{Connection, MatchRule, Message, MessageStream, ObjectPath, Variant};

use crate::systemd::ManagerProxy;
use crate::{Outcome, say};

const SERVICE: &str = "org.freedesktop.systemd1";
const MANAGER: &str = "org.freedesktop.systemd1.Manager";
const UNIT: &str = "org.freedesktop.systemd1.Unit";
/// As many messages may wait, instead of 64.
const CAPACITY: usize = 1024;

/// What reader.py is told, too.
pub(crate) struct Task {
    is_shared_out: bool,
    watchers: usize,
    rounds: usize,
    units: Vec<String>,
}

impl Task {
    pub(crate) fn read(arguments: &[&str]) -> Outcome<Self> {
        let [way, watchers, rounds, family, units] = arguments else {
            return Err("watch bus WAY WATCHERS ROUNDS FAMILY UNITS".into());
        };
        Ok(Self {
            is_shared_out: *way == "own",
            watchers: watchers.parse()?,
            rounds: rounds.parse()?,
            units: (0..units.parse::<usize>()?)
                .map(|number| format!("{family}-{number:03}.target"))
                .collect(),
        })
    }

    fn share(&self, watcher: usize) -> Vec<String> {
        if self.is_shared_out {
            self.units.iter().skip(watcher).step_by(self.watchers).cloned().collect()
        } else {
            self.units.clone()
        }
    }
}

/// What one watcher has heard.
#[derive(Default)]
struct Heard {
    events: usize,
    flips: Vec<u64>,
    ended: u64,
}

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
}

fn path_of(unit: &str) -> Outcome<ObjectPath<'static>> {
    Ok(ObjectPath::try_from(unit.parse::<UnitName>()?.object_path())?.into_owned())
}

async fn stream(connection: &Connection, rule: MatchRule<'static>) -> zbus::Result<MessageStream> {
    MessageStream::for_match_rule(rule, connection, CAPACITY.try_into().ok()).await
}

/// All that systemd signals, or for a single unit that alone.
async fn signals(
    connection: &Connection,
    units: &[String],
) -> Outcome<BoxStream<'static, zbus::Result<Message>>> {
    let all = || MatchRule::builder().msg_type(Type::Signal).sender(SERVICE);
    let [unit] = units else {
        return Ok(stream(connection, all().build()?).await?.boxed());
    };
    let changes = stream(connection, all().path(path_of(unit)?).build()?).await?;
    let jobs = stream(connection, all().interface(MANAGER).arg(2, unit.clone()).build()?).await?;
    Ok(select(changes, jobs).boxed())
}

async fn follow(
    mut signals: BoxStream<'static, zbus::Result<Message>>,
    units: Vec<String>,
    rounds: usize,
) -> Outcome<Heard> {
    let paths = units.iter().map(|unit| path_of(unit)).collect::<Outcome<HashSet<_>>>()?;
    let names: HashSet<String> = units.into_iter().collect();
    let mut states: HashMap<ObjectPath<'static>, String> = HashMap::new();
    let mut heard = Heard::default();
    let mut due = names.len() * rounds;
    while due > 0 {
        let message = signals.next().await.ok_or("the stream has ended")??;
        let header = message.header();
        let Some(member) = header.member() else { continue };
        let body = message.body();
        match member.as_str() {
            "PropertiesChanged" => {
                let Some(path) = header.path().filter(|path| paths.contains(*path)) else { continue };
                heard.events += 1;
                let (interface, changed, _): (&str, HashMap<&str, Variant<'_>>, Vec<&str>) =
                    body.deserialize()?;
                let Some(Variant::Str(state)) = changed.get("ActiveState").filter(|_| interface == UNIT)
                else {
                    continue;
                };
                if states.get(path).map_or("active", String::as_str) != state.as_str() {
                    heard.flips.push(now());
                    states.insert(path.to_owned(), state.as_str().to_owned());
                }
            }
            "JobNew" => {
                let (_, _, unit): (u32, ObjectPath<'_>, &str) = body.deserialize()?;
                heard.events += usize::from(names.contains(unit));
            }
            "JobRemoved" => {
                let (_, _, unit, _): (u32, ObjectPath<'_>, &str, &str) = body.deserialize()?;
                let is_wanted = usize::from(names.contains(unit));
                heard.events += is_wanted;
                due -= is_wanted;
            }
            _ => {}
        }
    }
    heard.ended = now();
    Ok(heard)
}

/// All watchers to their end; then this stays for being looked at.
pub(crate) async fn watch(task: &Task) -> Outcome<()> {
    let connection = Connection::system().await?;
    ManagerProxy::new(&connection).await?.subscribe().await?;
    let mut watchers = Vec::new();
    for number in 0..task.watchers {
        let units = task.share(number);
        watchers.push(tokio::spawn(follow(signals(&connection, &units).await?, units, task.rounds)));
    }
    say("ready")?;
    let mut all = Vec::new();
    for watcher in watchers {
        all.push(watcher.await??);
    }
    let told = json!({
        "ended": all.iter().map(|heard| heard.ended).max(),
        "events": all.iter().map(|heard| heard.events).sum::<usize>(),
        "gaps": 0,
        "flips": all[0].flips,
        "delay": null,
    });
    say(&told.to_string())?;
    io::stdin().read_to_string(&mut String::new())?;
    Ok(())
}
