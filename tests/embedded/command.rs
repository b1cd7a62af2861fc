//! Through systemctl, which takes a machine that was not booted with systemd for one without any.

use std::fs;
use std::path::Path;

use pm2go::client::{Client, Options};
use pm2go::embedded::Embedded;
use pm2go::error::Kind;
use pm2go::operation::RunJob;
use pm2go::request::{Call, Request, Response};
use pm2go::scope::Scope;
use pm2go::settings::{Arguments, BackendChoice, Settings};
use pm2go::unit::{UnitFileChanges, UnitName};
use pm2go::value::Value;
use pm2go::watch::Home;

use super::traces::{options, parent_folder};

fn home(embedded: &Embedded) -> Home {
    let arguments = Arguments { backend: Some(BackendChoice::Command), ..Arguments::default() };
    let client = Client::new(&Options {
        scope: Some(Scope::User),
        settings: Settings::resolve(&arguments, |_| None).unwrap(),
        address: None,
        runtime_folder: Some(embedded.runtime_dir().to_owned()),
        interactive: false,
        location: pm2go::location::Location::default(),
    });
    Home::of_threads(client.unwrap())
}

fn changes(home: &Home, request: &Request) -> UnitFileChanges {
    match home.run(request, None, None).unwrap() {
        Response::Changes(changes) => changes,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_unit_is_enabled_where_the_embedded_systemd_looks() {
    let parent = parent_folder();
    let embedded = Embedded::start(&options(parent.path())).unwrap();
    let unit: UnitName = "clock.service".parse().unwrap();
    let text = "[Service]\nExecStart=/bin/sleep 1000\n[Install]\nWantedBy=default.target\n";
    fs::write(embedded.unit_dir().join(unit.as_str()), text).unwrap();
    let home = home(&embedded);
    home.run(&Request::verb("daemon_reload", Vec::new()).unwrap(), None, None).unwrap();

    let names = Value::List(vec![Value::Text(unit.as_str().to_owned())]);
    let no = Value::Boolean(false);
    let enable = Request::verb("enable_unit", vec![names.clone(), no.clone(), no.clone()]).unwrap();
    let enabled = changes(&home, &enable);
    let link = embedded.unit_dir().join("default.target.wants/clock.service");
    assert!(enabled.changed() && link.is_symlink(), "{enabled:?}");
    assert_eq!(Path::new(&enabled.changes[0].path), link);
    let Response::Status(status) =
        home.run(&Request::Call(Call::GetUnitStatus(unit.clone())), None, None).unwrap()
    else {
        panic!("no status")
    };
    assert_eq!(status.unit_file_state.as_deref(), Some("enabled"));
    assert!(!changes(&home, &enable).changed());
    assert!(
        changes(&home, &Request::verb("disable_unit", vec![names, no]).unwrap()).changed() && !link.exists()
    );
}

#[test]
fn a_bad_setting_is_named_from_the_log() {
    let parent = parent_folder();
    let embedded = Embedded::start(&options(parent.path())).unwrap();
    let unit: UnitName = "bad.service".parse().unwrap();
    fs::write(embedded.unit_dir().join(unit.as_str()), "[Service]\nExecStart=bin/relative\n").unwrap();
    let home = home(&embedded);
    home.run(&Request::verb("daemon_reload", Vec::new()).unwrap(), None, None).unwrap();
    let request = Request::RunJob(RunJob {
        verb: pm2go::backend::JobVerb::Start,
        unit,
        options: pm2go::backend::JobOptions::default(),
    });
    let error = home.run(&request, None, None).unwrap_err();
    assert_eq!(error.kind(), Kind::UnitLoad);
    assert!(error.facts().message.contains("bad.service:2: "), "{error}");
}
