//! Writes the settings of a unit file, and knows which of them are a key's own.

use std::time::Duration;

use super::super::key::{Delay, Extra, Limit, Problems};
use crate::error::Result;
use crate::unit_file::{UnitFile, shown_name, timespan};

/// A setting that one of the app's keys stands for.
pub(super) struct Owned {
    pub(super) section: &'static str,
    pub(super) setting: &'static str,
    /// The key, as it is told.
    pub(super) key: &'static str,
}

/// What a key's value makes a setting say: nothing, where the key is not given.
pub(super) trait Written {
    fn written(self) -> Option<Result<String>>;
}

impl<T: Written> Written for Option<T> {
    fn written(self) -> Option<Result<String>> {
        self?.written()
    }
}

impl Written for Result<String> {
    fn written(self) -> Option<Self> {
        Some(self)
    }
}

impl Written for &str {
    fn written(self) -> Option<Result<String>> {
        Some(Ok(self.to_owned()))
    }
}

impl Written for Duration {
    fn written(self) -> Option<Result<String>> {
        Some(Ok(timespan(self)))
    }
}

impl Written for Delay {
    fn written(self) -> Option<Result<String>> {
        self.0.written()
    }
}

impl Written for Limit {
    fn written(self) -> Option<Result<String>> {
        self.0.written()
    }
}

/// A unit file that is being written; what cannot be written is noted with its key.
pub(super) struct Writer<'a> {
    extra: &'a Extra,
    pub(super) file: UnitFile,
    pub(super) owned: Vec<Owned>,
    pub(super) problems: Problems,
}

/// A section of it.
pub(super) struct Section<'a, 'b> {
    writer: &'b mut Writer<'a>,
    name: &'static str,
}

impl<'a> Writer<'a> {
    pub(super) fn new(extra: &'a Extra) -> Self {
        Self { extra, file: UnitFile::new(), owned: Vec::new(), problems: Problems::default() }
    }

    pub(super) fn section(&mut self, name: &'static str) -> Section<'a, '_> {
        Section { writer: self, name }
    }

    /// Adds what `extra` has, behind all else.
    pub(super) fn pass_through(&mut self) {
        for (section, settings) in self.extra {
            for (setting, values) in settings {
                let added = values.iter().try_for_each(|value| self.file.add(section, setting, value));
                let _: Option<()> = self
                    .problems
                    .take(&format!("extra.{}.{}", shown_name(section), shown_name(setting)), added);
            }
        }
    }
}

impl Section<'_, '_> {
    /// A setting that a key stands for: `extra` cannot have it.
    pub(super) fn own(&mut self, setting: &'static str, key: &'static str, value: impl Written) {
        self.claim(setting, key);
        if let Some(value) = value.written() {
            self.add(setting, key, value);
        }
    }

    /// Says which key stands for a setting.
    pub(super) fn claim(&mut self, setting: &'static str, key: &'static str) {
        self.writer.owned.push(Owned { section: self.name, setting, key });
    }

    /// One of the values of a setting, which a key brings with it.
    pub(super) fn add(&mut self, setting: &'static str, key: &str, value: Result<String>) {
        let Writer { file, problems, .. } = &mut *self.writer;
        let added = value.and_then(|value| file.add(self.name, setting, &value));
        let _: Option<()> = problems.take(key, added);
    }

    /// A setting that `extra` may replace.
    pub(super) fn default(&mut self, setting: &'static str, value: &str) {
        let replaced =
            self.writer.extra.get(self.name).is_some_and(|settings| settings.contains_key(setting));
        if !replaced {
            self.add(setting, "", Ok(value.to_owned()));
        }
    }
}
