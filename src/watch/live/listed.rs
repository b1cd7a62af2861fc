//! What a listing told of the units besides how they are, as long as somebody has a live table open: with that, and with the
//! table, a listing can be given without asking systemd.

use std::collections::HashMap;
use std::sync::Arc;

use crate::unit::UnitInfo;
use crate::watch::event::UnitState;

/// What does not change while a unit is loaded, but for the devices and swaps that follow others.
#[derive(Clone, Debug)]
pub(in crate::watch) struct Row {
    pub(in crate::watch) description: Arc<str>,
    pub(in crate::watch) followed: Option<Arc<str>>,
}

/// The rows of the units that were listed and have been loaded since.
#[derive(Debug, Default)]
pub(in crate::watch) struct Listed {
    rows: HashMap<String, Row>,
    /// How many units have come and gone.
    comings: u64,
}

impl Listed {
    /// Takes in what was told with a listing.
    pub(in crate::watch) fn take_in(&mut self, rows: Vec<(String, Row)>) {
        self.rows.extend(rows);
    }

    /// The unit has come, or gone: it may be another one than before.
    pub(in crate::watch) fn forget(&mut self, unit: &str) {
        self.rows.remove(unit);
        self.comings += 1;
    }

    /// Nobody has a table any more.
    pub(in crate::watch) fn clear(&mut self) {
        self.rows = HashMap::new();
    }

    /// How many units have come and gone.
    pub(in crate::watch) fn comings(&self) -> u64 {
        self.comings
    }

    /// The row of a unit without a job that is like this; none where nothing was told of it.
    pub(in crate::watch) fn info(&self, unit: &str, state: &UnitState) -> Option<UnitInfo> {
        let row = self.rows.get(unit)?;
        Some(UnitInfo {
            name: unit.to_owned(),
            description: row.description.as_ref().to_owned(),
            load_state: state.load_state.clone(),
            active_state: state.active_state.clone(),
            sub_state: state.sub_state.clone(),
            followed: row.followed.as_deref().map(str::to_owned),
            job_id: None,
            job_type: None,
        })
    }
}
