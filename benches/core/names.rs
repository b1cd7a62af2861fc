//! Names of units: completed, checked, and matched with patterns.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use pm2go::unit::Pattern;
use pm2go::unit::UnitName;

use crate::messages::service_name;

/// One that ends at the first character, usual ones, and one that has to go back again and again.
const PATTERNS: [&str; 4] = ["nginx*", "pm2-*.service", "*-[0-4][0-9]??.service", "*0*1*2*3*"];

pub(crate) fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("names");
    group.bench_function("complete", |bencher| {
        bencher.iter(|| UnitName::complete(black_box("pm2-worker-0001")).unwrap());
    });
    let names: Vec<String> = (0..1000).map(service_name).collect();
    group.throughput(Throughput::Elements(names.len() as u64));
    for text in PATTERNS {
        let pattern = Pattern::parse(text).unwrap();
        group.bench_function(format!("1000 names, {text}"), |bencher| {
            bencher.iter(|| names.iter().filter(|name| pattern.matches(black_box(name))).count());
        });
    }
    group.finish();
}
