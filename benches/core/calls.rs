//! Method calls to bytes: those that a program makes again and again.

use std::hint::black_box;

use criterion::Criterion;
use pm2go::bus::Call;
use pm2go::error::Result;
use pm2go::unit::UnitName;

use crate::messages::{MANAGER, PATH, PROPERTIES, SERVICE, UNIT};

/// `Properties.Get` of a unit, as every question for one property asks it.
pub(crate) fn get<'a>(path: &'a str, property: &str) -> Result<Call<'a>> {
    Call::new(path, PROPERTIES, "Get").to(SERVICE).text(UNIT)?.text(property)
}

fn start(unit: &str) -> Result<Call<'static>> {
    Call::new(PATH, MANAGER, "StartUnit").to(SERVICE).text(unit)?.text("replace")
}

fn list(patterns: &[String]) -> Result<Call<'static>> {
    Call::new(PATH, MANAGER, "ListUnitsByPatterns").to(SERVICE).texts::<&str>(&[])?.texts(patterns)
}

pub(crate) fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("calls");
    let mut out = Vec::with_capacity(4096);
    let mut encode = |call: &Call<'_>| {
        out.clear();
        call.encode(black_box(77), &mut out).unwrap();
        out.len()
    };
    let unit: UnitName = "pm2-api@blue.service".parse().unwrap();
    group.bench_function("object path of a name", |bencher| bencher.iter(|| black_box(&unit).object_path()));
    let path = unit.object_path();
    group.bench_function("Get", |bencher| {
        bencher.iter(|| encode(&get(black_box(&path), "ActiveState").unwrap()));
    });
    group.bench_function("GetAll", |bencher| {
        bencher.iter(|| {
            encode(&Call::new(black_box(&path), PROPERTIES, "GetAll").to(SERVICE).text("").unwrap())
        });
    });
    group.bench_function("StartUnit", |bencher| {
        bencher.iter(|| encode(&start(black_box(unit.as_str())).unwrap()));
    });
    let patterns: Vec<String> = (0..100).map(|number| format!("pm2-app-{number}.service")).collect();
    group.bench_function("ListUnitsByPatterns, 1 pattern", |bencher| {
        bencher.iter(|| encode(&list(black_box(&patterns[..1])).unwrap()));
    });
    group.bench_function("ListUnitsByPatterns, 100 patterns", |bencher| {
        bencher.iter(|| encode(&list(black_box(&patterns)).unwrap()));
    });
    group.finish();
}
