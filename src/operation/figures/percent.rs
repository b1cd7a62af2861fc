//! Figures again and again, with what was used in between.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::{ReadFigures, UnitFigures};
use crate::client::{Asked, Client};
use crate::error::{Error, Result};
use crate::flow::{sleep_until, with_deadline};
use crate::fork::EachProcess;
use crate::sync::{Mutex, MutexGuard, PoisonError};
use crate::unit::UnitName;
use crate::verb::Repeat;

/// Less than this would only measure the measuring.
const SHORTEST: Duration = Duration::from_millis(10);

/// Reads figures at the end of each interval. What one reading has to know of the one before is kept here, so that a wait
/// that was given up loses nothing.
#[derive(Debug)]
pub struct Sampler {
    read: ReadFigures,
    interval: Duration,
    /// A forked child goes on by itself.
    last: EachProcess<Mutex<Last>>,
}

#[derive(Debug, Default)]
struct Last {
    /// When the next reading is due.
    due: Option<Instant>,
    /// Processor time of each unit, and when it was read, in microseconds.
    cpu: HashMap<UnitName, (u64, u64)>,
}

impl Sampler {
    /// Reads so often.
    pub fn new(read: ReadFigures, interval: Duration) -> Result<Self> {
        if interval < SHORTEST {
            return Err(Error::config("the interval is shorter than 10 ms")
                .with_hint("give seconds, a timedelta or a text such as \"500ms\""));
        }
        Ok(Self { read, interval, last: EachProcess::default() })
    }

    /// Waits for the end of the interval, and tells what is used, and was in it.
    pub(crate) async fn next(&self, client: &Client) -> Result<Vec<UnitFigures>> {
        let due = self.last().due;
        let due = match due {
            Some(due) => due,
            None => self.begin(client).await?,
        };
        sleep_until(due).await;
        let mut rows = self.read(client, true).await?;
        let mut last = self.last();
        set_percent(&mut rows, &last.cpu);
        last.remember(&rows);
        last.due = Some(following(due, self.interval, Instant::now()));
        Ok(rows)
    }

    /// What the first interval is measured from. A unit that does not exist is an error now, and not when it goes.
    async fn begin(&self, client: &Client) -> Result<Instant> {
        let rows = self.read(client, false).await?;
        let mut last = self.last();
        last.remember(&rows);
        let due = Instant::now() + self.interval;
        last.due = Some(due);
        Ok(due)
    }

    async fn read(&self, client: &Client, again: bool) -> Result<Vec<UnitFigures>> {
        let read = ReadFigures { may_be_gone: again, ..self.read.clone() };
        with_deadline(client.deadline_of(None), client.attempt(&read)).await
    }

    fn last(&self) -> MutexGuard<'_, Last> {
        self.last.get_or_make(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Last {
    fn remember(&mut self, rows: &[UnitFigures]) {
        let known =
            rows.iter().filter_map(|row| Some((row.unit.clone(), (row.figures.cpu?, row.figures.monotonic))));
        self.cpu = known.collect();
    }
}

fn set_percent(rows: &mut [UnitFigures], before: &HashMap<UnitName, (u64, u64)>) {
    for row in rows {
        let Some(((cpu, then), now)) = before.get(&row.unit).zip(row.figures.cpu) else { continue };
        // A unit that was started anew counts from 0.
        let used = now.checked_sub(*cpu).unwrap_or(now);
        let time = row.figures.monotonic.saturating_sub(*then);
        row.cpu_percent = (time > 0).then(|| percent(used, time));
    }
}

#[expect(clippy::cast_precision_loss, reason = "microseconds of an interval")]
fn percent(used: u64, time: u64) -> f64 {
    used as f64 * 100.0 / time as f64
}

/// Readings do not drift, and one that came late is not followed by others at once.
fn following(due: Instant, interval: Duration, now: Instant) -> Instant {
    let following = due + interval;
    if following > now { following } else { now + interval }
}

impl Asked for Sampler {
    fn what(&self) -> String {
        self.read.what()
    }

    fn unit(&self) -> Option<UnitName> {
        self.read.unit()
    }

    fn repeat(&self) -> Repeat {
        Repeat::Always
    }
}

#[cfg(test)]
mod tests {
    use super::super::row;
    use super::*;
    use crate::figures::Figures;

    fn unit(name: &str, cpu: Option<u64>, monotonic: u64) -> UnitFigures {
        row(name.parse().unwrap(), Figures { monotonic, cpu, ..Figures::default() })
    }

    #[test]
    fn percent_of_one_processor() {
        let mut last = Last::default();
        last.remember(&[
            unit("a.service", Some(500), 0),
            unit("b.service", Some(9000), 0),
            unit("c.service", None, 0),
        ]);
        let mut rows = [
            unit("a.service", Some(2500), 1000),
            unit("b.service", Some(10), 1000),
            unit("c.service", Some(3), 1000),
            unit("d.service", Some(3), 1000),
            unit("a.service", Some(501), 0),
        ];
        set_percent(&mut rows, &last.cpu);
        assert_eq!(rows.map(|row| row.cpu_percent), [Some(200.0), Some(1.0), None, None, None]);
    }

    #[test]
    fn readings_keep_their_beat() {
        let (begin, second) = (Instant::now(), Duration::from_secs(1));
        assert_eq!(following(begin, second, begin + second / 2), begin + second);
        assert_eq!(following(begin, second, begin + second * 5), begin + second * 6);
    }
}
