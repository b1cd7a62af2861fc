//! What comes of a job, by the units that there are.

use super::*;
use crate::value::Value;

/// A unit that is loaded, in this state, with these relations.
fn facts(name: &str, state: &str, relations: &[(&str, &[&str])]) -> Facts {
    let text = |text: &str| Value::Text(text.to_owned());
    let mut properties = vec![
        ("LoadState".to_owned(), text("loaded")),
        ("ActiveState".to_owned(), text(state)),
        ("CanStart".to_owned(), Value::Boolean(true)),
        ("CanStop".to_owned(), Value::Boolean(true)),
    ];
    for (relation, units) in relations {
        let units = units.iter().map(|unit| text(unit)).collect();
        properties.push(((*relation).to_owned(), Value::List(units)));
    }
    Facts::new(name, &properties)
}

fn plan(work: Work, units: &[Facts]) -> Result<Outcome> {
    let asked: UnitName = units[0].id.parse().unwrap();
    let mut transaction = Transaction::new(false);
    transaction.demand(asked.as_str(), work, true);
    loop {
        let missing = transaction.unknown(&asked)?;
        if missing.is_empty() {
            return transaction.outcome(&asked);
        }
        for name in missing {
            let found = units.iter().find(|facts| facts.id == name).cloned();
            let missing = Facts::new(&name, &[("LoadState".to_owned(), Value::Text("not-found".to_owned()))]);
            transaction.tell(name, found.unwrap_or(missing));
        }
    }
}

fn outcome(starts: &[&str], stops: &[&str], exact: bool) -> Outcome {
    let all = |units: &[&str]| units.iter().map(|&unit| unit.to_owned()).collect();
    Outcome { starts: all(starts), stops: all(stops), exact }
}

#[test]
fn dependencies_come_along() {
    let [a, b, c] = ["a.service", "b.service", "c.service"];
    let needs = [("Requires", &[b][..]), ("Wants", &["gone.service"]), ("Conflicts", &[c])];
    let units = [
        facts(a, "inactive", &needs),
        facts(b, "inactive", &[("RequiredBy", &[a])]),
        facts(c, "active", &[("ConflictedBy", &[a])]),
    ];
    assert_eq!(plan(Work::Start, &units).unwrap(), outcome(&[a, b], &[c], true));
    assert_eq!(plan(Work::Stop, &units).unwrap(), outcome(&[], &[], true));
    let up = [units[1].clone(), facts(a, "active", &needs), units[2].clone()];
    assert_eq!(plan(Work::Stop, &up).unwrap(), outcome(&[], &[a], true));
    assert_eq!(plan(Work::Restart, &up).unwrap(), outcome(&[a, b], &[a, c], true));
    let propagates = [facts(c, "active", &[("PropagatesStopTo", &[b])]), facts(b, "active", &[])];
    assert_eq!(plan(Work::Stop, &propagates).unwrap(), outcome(&[], &[b, c], true));
    assert_eq!(plan(Work::Restart, &propagates).unwrap(), outcome(&[c], &[c], false));
    // What another needs is restarted with it only if it is up.
    assert_eq!(plan(Work::Restart, &[units[1].clone(), units[0].clone()]).unwrap(), outcome(&[b], &[], true));
}

#[test]
fn what_systemd_refuses_is_refused() {
    let [a, b, c] = ["a.service", "b.service", "c.service"];
    let needs = facts(a, "inactive", &[("Requires", &["gone.service"])]);
    let error = plan(Work::Start, &[needs]).unwrap_err();
    assert_eq!(error.kind(), Kind::UnitNotFound);
    assert_eq!(error.facts().culprit.as_deref(), Some("gone.service"));
    let torn = [
        facts(a, "inactive", &[("Requires", &[b, c])]),
        facts(b, "inactive", &[("Conflicts", &[c])]),
        facts(c, "inactive", &[("ConflictedBy", &[b])]),
    ];
    assert_eq!(plan(Work::Start, &torn).unwrap_err().kind(), Kind::JobRefused);
}

#[test]
fn what_is_only_wanted_gives_way() {
    let [a, b, c] = ["a.service", "b.service", "c.service"];
    let units = [
        facts(a, "inactive", &[("Wants", &[b]), ("Requires", &[c])]),
        facts(b, "inactive", &[("Conflicts", &[c])]),
        facts(c, "inactive", &[("ConflictedBy", &[b])]),
    ];
    let found = plan(Work::Start, &units).unwrap();
    assert!(found.starts.contains(&c.to_owned()) && found.stops.is_empty() && !found.exact);
}

#[test]
fn what_lies_behind_a_unit_that_is_up_is_left_alone() {
    let [a, b, c] = ["a.service", "b.service", "c.service"];
    let needs = facts(a, "inactive", &[("Requires", &[b])]);
    let last = facts(c, "inactive", &[]);
    for (state, relation, starts) in
        [("active", "Wants", &[a][..]), ("inactive", "Wants", &[a, b, c]), ("active", "Requires", &[a])]
    {
        let units = [needs.clone(), facts(b, state, &[(relation, &[c])]), last.clone()];
        assert_eq!(plan(Work::Start, &units).unwrap(), outcome(starts, &[], true));
    }
    let missing = [needs, facts(b, "active", &[("Requires", &["gone.service"])])];
    assert_eq!(plan(Work::Start, &missing).unwrap_err().kind(), Kind::UnitNotFound);
}

#[test]
fn requisites_have_to_be_up() {
    let [a, b] = ["a.service", "b.service"];
    for (state, exact) in [("active", true), ("inactive", false)] {
        let units = [facts(a, "inactive", &[("Requisite", &[b])]), facts(b, state, &[])];
        assert_eq!(plan(Work::Start, &units).unwrap(), outcome(&[a], &[], exact));
    }
}
