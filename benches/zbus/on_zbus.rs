//! What a user of zbus writes to do what pm2go does: see README.md in the folder above.
//!
//! `serve bus tasks|block_on` takes lines of `ROW COUNT` and answers each with the seconds of every run;
//! `watch` takes what reader.py takes, and tells what that tells.

use std::future::Future;
use std::io::{self, BufRead, Write};
use std::time::Instant;

use serde_json::json;
use tokio::runtime::Runtime;

mod jobs;
mod rows;
mod systemd;
mod watch;

/// Whatever goes wrong ends the program.
type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Both ways that zbus's documents tell: a runtime of tokio, and `block_on` for programs that have none.
enum Driver {
    Tasks(Runtime),
    BlockOn,
}

impl Driver {
    fn run<F: Future>(&self, future: F) -> F::Output {
        match self {
            Self::Tasks(runtime) => runtime.block_on(future),
            Self::BlockOn => zbus::block_on(future),
        }
    }
}

fn say(line: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    writeln!(output, "{line}")?;
    output.flush()
}

fn serve(driver: &Driver) -> Outcome<()> {
    let peer = driver.run(rows::Peer::connect())?;
    say(rows::NAMES)?;
    for line in io::stdin().lock().lines() {
        let line = line?;
        let (row, count) = line.split_once(' ').ok_or("a line is ROW COUNT")?;
        let (mut times, mut answer) = (Vec::new(), serde_json::Value::Null);
        for _ in 0..count.parse()? {
            let begin = Instant::now();
            answer = match row {
                "threads64" => rows::ask_from_threads(driver, &peer)?,
                _ => driver.run(peer.row(row))?,
            };
            times.push(begin.elapsed().as_secs_f64());
        }
        say(&json!({"times": times, "answer": answer}).to_string())?;
    }
    Ok(())
}

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["serve", "bus", "tasks"] => serve(&Driver::Tasks(Runtime::new()?)),
        ["serve", "bus", "block_on"] => serve(&Driver::BlockOn),
        ["watch", "bus", ref task @ ..] => Runtime::new()?.block_on(watch::watch(&watch::Task::read(task)?)),
        _ => Err("serve bus tasks|block_on, or watch bus WAY WATCHERS ROUNDS FAMILY UNITS".into()),
    }
}
