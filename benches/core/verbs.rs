//! A verb that is a row, beside the same call made by hand: what is told of it once must cost nothing each time.

use std::hint::black_box;

use criterion::Criterion;
use pm2go::bus::Call;
use pm2go::client::VerbCall;
use pm2go::error::Result;
use pm2go::value::Value;

use crate::messages::{MANAGER, PATH, SERVICE};

const NAME: &str = "pm2-api@blue.service";

fn by_hand(unit: &str) -> Result<Call<'static>> {
    Call::new(PATH, MANAGER, "KillUnit").to(SERVICE).text(unit)?.text("all")?.value("i", &Value::Integer(15))
}

fn by_row(given: Vec<Value>) -> Result<Call<'static>> {
    let VerbCall { verb, arguments } = VerbCall::new("kill_unit", given)?;
    let call = Call::new(PATH, MANAGER, verb.method).to(SERVICE);
    let mut arguments = verb.takes.iter().zip(&arguments);
    arguments.try_fold(call, |call, (argument, value)| call.value(argument.kind.signature(), value))
}

pub(crate) fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("a verb");
    let mut out = Vec::with_capacity(4096);
    let mut encode = |call: &Call<'_>| {
        out.clear();
        call.encode(black_box(77), &mut out).unwrap();
        out.len()
    };
    // What Python gives is the same in both cases.
    let given = || vec![Value::Text(NAME.to_owned()), Value::Text("all".to_owned()), Value::Integer(15)];
    assert_eq!(encode(&by_hand(NAME).unwrap()), encode(&by_row(given()).unwrap()));
    group.bench_function("by hand", |bencher| {
        bencher.iter(|| {
            let given = black_box(given());
            encode(&by_hand(given[0].as_text().unwrap()).unwrap())
        });
    });
    group.bench_function("by its row", |bencher| {
        bencher.iter(|| encode(&by_row(black_box(given())).unwrap()));
    });
    group.finish();
}
