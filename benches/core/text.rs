//! Unit files: values quoted for systemd, text parsed, changed and rendered.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput};
use pm2go::unit_file::{
    UnitFile, environment, exec_command, parse_environment, parse_exec_command, path, plain,
};

const PLAIN: [&str; 6] = ["/usr/bin/node", "/srv/shop/worker.js", "--port", "8000", "--mode", "production"];
/// Everything that means something to systemd, a shell or neither.
const NASTY: [&str; 6] =
    ["/opt/My Programs/run", "$HOME/${X}", "100%", "it's \"so\"", "a;b", "tab\there\\ Zürich\u{a0}"];

pub(crate) fn bench(criterion: &mut Criterion) {
    quoting(criterion);
    files(criterion);
}

fn quoting(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("quoting");
    for (name, words) in [("plain", PLAIN), ("nasty", NASTY)] {
        let command = exec_command(&words).unwrap();
        assert_eq!(parse_exec_command(&command).unwrap().argv, words);
        group.bench_function(format!("ExecStart, {name}"), |bencher| {
            bencher.iter(|| exec_command(black_box(&words)).unwrap());
        });
        group.bench_function(format!("ExecStart back, {name}"), |bencher| {
            bencher.iter(|| parse_exec_command(black_box(&command)).unwrap());
        });
        let value = words.join(" ");
        let variable = environment("OPTIONS", &value).unwrap();
        group.bench_function(format!("Environment, {name}"), |bencher| {
            bencher.iter(|| environment("OPTIONS", black_box(&value)).unwrap());
        });
        group.bench_function(format!("Environment back, {name}"), |bencher| {
            bencher.iter(|| parse_environment(black_box(&variable)).unwrap());
        });
    }
    group.bench_function("WorkingDirectory", |bencher| {
        bencher.iter(|| path("cwd", black_box("/srv/shop/100% of it")).unwrap());
    });
    group.bench_function("Description", |bencher| {
        bencher.iter(|| plain("description", black_box("The shop's worker, 100% of it")).unwrap());
    });
    group.finish();
}

/// A unit file as an administrator writes it: sections, comments, continued lines, repeated and emptied settings.
fn sample() -> String {
    let variable = |number| format!("Environment=\"VARIABLE_{number}=value of {number}\"\n");
    let head = "# The shop's worker.\n[Unit]\nDescription=Worker\nAfter=network.target\n\n[Service]\nType=notify\n\
                ExecStart=\nExecStart=/usr/bin/node \\\n    /srv/shop/worker.js\n";
    let tail = "; Hardening\nProtectSystem=strict\nPrivateTmp=yes\nNoNewPrivileges=yes\n\n\
                [Install]\nWantedBy=multi-user.target\n";
    [head.to_owned(), (0..40).map(variable).collect(), tail.to_owned()].concat()
}

fn files(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("unit file");
    let text = sample();
    let file = UnitFile::parse(&text).unwrap();
    assert_eq!(file.render(), text);
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("parse", |bencher| bencher.iter(|| UnitFile::parse(black_box(&text)).unwrap()));
    group.bench_function("render", |bencher| bencher.iter(|| black_box(&file).render()));
    group.bench_function("what is in force", |bencher| {
        bencher.iter(|| black_box(&file).effective().get_all("Service", "Environment").len());
    });
    group.bench_function("set a value", |bencher| {
        let change = |mut file: UnitFile| {
            file.set("Service", "ProtectSystem", "full").unwrap();
            file
        };
        bencher.iter_batched(|| file.clone(), change, BatchSize::SmallInput);
    });
    group.finish();
}
