//! Listings of units out of a table that is open.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::listed::Row;
use crate::error::Result;
use crate::unit::{Pattern, UnitInfo, UnitName, UnitPattern, UnitType};
use crate::watch::home::Home;
use crate::watch::reader::Phase;
use crate::watch::room::Room;

/// What a listing has to be asked for, although there is a table.
#[derive(Clone, Copy, Debug)]
pub struct Missing {
    /// How many units had come and gone.
    comings: u64,
}

/// What a table says to a listing.
#[derive(Debug)]
pub enum Listing {
    /// There is no such table.
    NoTable,
    /// One has to ask; what is found there is told to the table ([`Home::take_in_listing`]), for the next.
    Missing(Missing),
    /// The rows, by name.
    Rows(Vec<UnitInfo>),
}

impl Home {
    /// What a call that lists the units of these patterns would give, if a table tells; what this client has changed is in it.
    pub async fn listing(&self, patterns: &[String]) -> Result<Listing> {
        let hub = self.hub();
        if !hub.look(|room| room.jobs.are_wanted())? {
            return Ok(Listing::NoTable);
        }
        let patterns = UnitPattern::parse_all(patterns)?;
        let Some(table) = hub.look(|room| room.table_for(&patterns))? else { return Ok(Listing::NoTable) };
        if !self.is_of_loop() {
            self.freshen(table).await?;
        }
        hub.look(|room| match room.listing(&patterns).filter(|_| room.is_current()) {
            Some(rows) => Listing::Rows(rows),
            None => Listing::Missing(Missing { comings: room.listed.comings() }),
        })
    }

    /// Takes in what was listed, unless units have come or gone meanwhile.
    pub fn take_in_listing(&self, missing: Missing, rows: impl Iterator<Item = UnitInfo>) {
        let rows = rows.map(|row| {
            let followed = row.followed.map(Arc::from);
            (row.name, Row { description: row.description.into(), followed })
        });
        self.hub().describe(missing.comings, rows.collect());
    }

    /// Takes in what has come, and waits until what this client has changed is in the tables.
    async fn freshen(&self, table: u64) -> Result<()> {
        let (hub, changes) = (self.hub(), self.changes());
        if self.listed_changes.load(Ordering::SeqCst) == changes {
            hub.catch_up();
            return Ok(());
        }
        let place = hub.want_place()?;
        let is_over =
            |room: &Room, id| room.version_of(id).is_none() || room.has_place(place) || room.is_lost();
        hub.drive_until(table, is_over).await;
        self.listed_changes.fetch_max(changes, Ordering::SeqCst);
        Ok(())
    }
}

impl Room {
    /// Takes in what a listing told besides.
    pub(in crate::watch) fn describe(&mut self, rows: Vec<(String, Row)>) {
        if self.jobs.are_wanted() {
            self.listed.take_in(rows);
        }
    }

    /// A table that is filled and shows all units of these patterns, if there is one.
    pub(in crate::watch) fn table_for(&self, patterns: &[UnitPattern]) -> Option<u64> {
        // For which units names stand has to be asked anyway.
        if patterns.iter().any(|pattern| pattern.name().is_some()) {
            return None;
        }
        let globs: Vec<&str> = patterns.iter().map(UnitPattern::as_str).collect();
        let tables =
            self.readers.iter().filter(|(_, reader)| reader.live.is_some() && reader.phase == Phase::Live);
        let covers = |group| self.audience.group(group).is_some_and(|group| group.selection.covers(&globs));
        tables.filter(|(_, reader)| covers(reader.group)).map(|(id, _)| *id).next()
    }

    /// The rows of a listing of these patterns, by name; none where one has to ask: a unit has come since the last listing, a
    /// job has begun whose type no signal tells, or what follows what may have changed.
    pub(in crate::watch) fn listing(&self, patterns: &[UnitPattern]) -> Option<Vec<UnitInfo>> {
        let globs = patterns.iter().map(|pattern| Pattern::parse(pattern.as_str()));
        let globs: Vec<Pattern> = globs.collect::<Result<_, _>>().ok()?;
        let mut rows = Vec::new();
        let is_asked_for = |unit: &str| globs.is_empty() || globs.iter().any(|glob| glob.matches(unit));
        for (unit, state) in self.model.units().filter(|(unit, _)| is_asked_for(unit)) {
            let follows_others =
                matches!(unit.parse::<UnitName>().ok()?.unit_type(), UnitType::Device | UnitType::Swap);
            if follows_others || self.jobs.has_one_of(unit) {
                return None;
            }
            rows.push(self.listed.info(unit, state)?);
        }
        rows.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        Some(rows)
    }
}
