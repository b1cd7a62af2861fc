//! Why the manager could not load a unit, in its own words: the line of its journal that names the setting.

use std::time::{Duration, Instant};

use crate::error::Result;
use crate::flow::sleep_until;
use crate::journal;
use crate::location::Whose;
use crate::unit::UnitName;

/// The journal takes a line in a moment after the manager has answered: how long to wait before each other look.
const PAUSES: [u64; 4] = [20, 50, 100, 200];

/// The last error that the manager logged about a unit's file; `None` where there is none, or none that may be read.
pub(crate) async fn find(whose: &Whose, unit: &UnitName) -> Result<Option<String>> {
    let mut pauses = PAUSES.iter();
    loop {
        let line = journal::last_complaint(whose, unit).await?.map(|entry| in_one_line(entry.message.trim()));
        if let Some(line) = line.filter(|line| !line.is_empty()) {
            return Ok(Some(line));
        }
        let Some(&pause) = pauses.next() else { return Ok(None) };
        sleep_until(Instant::now() + Duration::from_millis(pause)).await;
    }
}

/// It becomes part of a message of one line.
fn in_one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
