//! Apps: from what the caller says to a unit file, and back, as `list` does for each file.

use std::hint::black_box;

use criterion::{BatchSize, Criterion};
use pm2go::app::{AppConfig, DEFAULT_PREFIX, FileAccess, Lookup, read_app, render};
use pm2go::error::Result;
use pm2go::scope::Scope;
use pm2go::unit_file::UnitFile;
use serde_json::{Map, Value, json};

/// A machine where everything is there, so that no disk is measured.
struct Anywhere;

impl Lookup for Anywhere {
    fn current_dir(&self) -> Result<String> {
        Ok("/srv/shop".to_owned())
    }
    fn which(&self, name: &str) -> Option<String> {
        Some(format!("/usr/bin/{name}"))
    }
    fn is_file(&self, _: &str) -> bool {
        true
    }
    fn is_executable(&self, _: &str) -> bool {
        true
    }
    fn is_dir(&self, _: &str) -> bool {
        true
    }
    fn canonicalize(&self, path: &str) -> Option<String> {
        Some(path.to_owned())
    }
    fn file_access(&self, _: &str) -> FileAccess {
        FileAccess::Restricted
    }
}

fn described() -> Value {
    let variables = (0..20).map(|number| (format!("VARIABLE_{number}"), format!("value of {number}").into()));
    json!({
        "name": "api",
        "script": "api.py",
        "args": ["--port", "8000", "--mode", "production"],
        "env": variables.collect::<Map<_, Value>>(),
        "user": "shop",
        "kill_signal": "SIGINT",
        "description": "The shop's interface",
        "extra": {"Service": {"ProtectSystem": ["strict"]}},
    })
}

pub(crate) fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("app");
    let described = described();
    group.bench_function("check", |bencher| {
        let check = |described| AppConfig::check(described, &Anywhere).unwrap();
        bencher.iter_batched(|| described.clone(), check, BatchSize::SmallInput);
    });
    let app = AppConfig::check(described.clone(), &Anywhere).unwrap();
    let write = |app| render(app, Scope::System, DEFAULT_PREFIX).unwrap().render();
    group.bench_function("to a unit file", |bencher| bencher.iter(|| write(black_box(&app))));
    let text = write(&app);
    let read = |text: &str| read_app(&UnitFile::parse(text).unwrap()).unwrap().unwrap();
    assert!(read(&text) == app, "another app came back");
    group.bench_function("from a unit file", |bencher| bencher.iter(|| read(black_box(&text))));
    group.finish();
}
