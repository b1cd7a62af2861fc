//! Answers of systemd to values.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use pm2go::bus::decode::{self, Values};
use zbus::wire::Variant;

use crate::messages::{all_properties, answer, rows, status_properties};

pub(crate) fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("replies");
    for count in [10, 1000] {
        let listing = answer(&rows(count));
        let body = listing.body();
        let bytes = body.data();
        assert_eq!(decode::unit_rows(&listing, bytes.bytes()).unwrap().count(), count);
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(format!("ListUnits, {count} rows"), |bencher| {
            bencher.iter(|| {
                let rows = decode::unit_rows(black_box(&listing), bytes.bytes()).unwrap();
                for row in rows {
                    black_box(row.unwrap());
                }
            });
        });
    }
    let expected = all_properties().len();
    let found = answer(&all_properties());
    group.throughput(Throughput::Elements(expected as u64));
    assert_eq!(decode::properties(&found, &Values).unwrap().len(), expected);
    group.bench_function("GetAll, all properties", |bencher| {
        bencher.iter(|| decode::properties(black_box(&found), &Values).unwrap());
    });
    let names = status_properties();
    let names: Vec<&str> = names.keys().map(String::as_str).collect();
    assert_eq!(decode::wanted_properties(&found, &names, &Values).unwrap().len(), names.len());
    group.bench_function("GetAll, those of a status", |bencher| {
        bencher.iter(|| decode::wanted_properties(black_box(&found), &names, &Values).unwrap());
    });
    let one = answer(&Variant::new("active"));
    group.throughput(Throughput::Elements(1));
    group.bench_function("Get", |bencher| {
        bencher.iter(|| decode::property(black_box(&one), "ActiveState", &Values).unwrap());
    });
    group.finish();
}
