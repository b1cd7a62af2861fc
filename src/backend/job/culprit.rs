//! Which of the units that a unit depends on is to blame that a job failed.

use super::AskedJob;
use crate::backend::{Backend, Properties, find};
use crate::unit::UnitName;
use crate::value::Value;

/// The dependencies without which systemd does not start a unit.
const NEEDED: [&str; 3] = ["Requires", "BindsTo", "Requisite"];
/// So many units are looked at, at most.
const MOST_UNITS: usize = 200;

impl Backend {
    /// The first that failed, or cannot be loaded, or is down where it has to be up, of those that the unit needs, and
    /// of those that they need.
    pub(super) async fn find_culprit(&self, asked: &AskedJob, properties: &Properties) -> Option<String> {
        let mut waiting = needed(properties);
        let mut known: Vec<UnitName> = vec![asked.unit.clone()];
        let mut down = None;
        while let Some((unit, has_to_be_up)) = waiting.pop() {
            if known.contains(&unit) || known.len() > MOST_UNITS {
                continue;
            }
            known.push(unit.clone());
            let Ok(properties) = self.get_unit_properties(&unit).await else {
                return Some(unit.as_str().to_owned());
            };
            let is = |name, value| text(&properties, name) == Some(value);
            if is("ActiveState", "failed") || !is("LoadState", "loaded") {
                return Some(unit.as_str().to_owned());
            }
            if is("ActiveState", "inactive") {
                if has_to_be_up || did_not_hold(&properties, "AssertResult", asked) {
                    return Some(unit.as_str().to_owned());
                }
                down.get_or_insert_with(|| unit.as_str().to_owned());
                waiting.extend(needed(&properties));
            }
        }
        down
    }
}

/// The units that are needed, and whether they have to be up already.
fn needed(properties: &Properties) -> Vec<(UnitName, bool)> {
    let of = |name: &'static str| {
        let names = find(properties, name).and_then(Value::as_texts).unwrap_or_default();
        names.into_iter().filter_map(move |unit| Some((unit.parse().ok()?, name == "Requisite")))
    };
    NEEDED.into_iter().flat_map(of).collect()
}

fn did_not_hold(properties: &Properties, name: &str, asked: &AskedJob) -> bool {
    let time = find(properties, "AssertTimestampMonotonic").and_then(Value::as_unsigned);
    asked.is_before(time) && find(properties, name).and_then(Value::as_boolean) == Some(false)
}

fn text<'a>(properties: &'a Properties, name: &str) -> Option<&'a str> {
    find(properties, name).and_then(Value::as_text)
}
