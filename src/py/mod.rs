//! The Python extension module `pm2go._core`: values, errors and the Python ends of the drivers.
//!
//! Only this folder names `PyO3`. The classes here are what the public classes in python/pm2go stand on; they
//! take and give plain values, and hold no policy.

mod after_fork;
mod app;
mod apps;
mod calendar;
mod call;
mod client;
mod convert;
mod embedded;
mod error;
mod event;
mod event_loop;
mod field_names;
mod figures;
mod green;
mod hint;
mod input;
mod job;
mod journal;
mod journal_entry;
mod journal_files;
mod journal_send;
mod live;
mod loaded;
mod names;
mod or_none;
mod properties_event;
mod record;
mod request;
mod response;
mod run;
mod run_command;
mod running;
mod telling;
mod transient;
mod unit_file;
mod unit_info;
mod unit_log;
mod unit_name;
mod unit_text;
mod verb;
mod watch;

use pyo3::prelude::*;

/// The compiled part of pm2go; use the classes of `pm2go` itself.
#[pymodule(gil_used = false)]
mod _core {
    #[pymodule_export]
    use super::app::CheckedApp;
    #[pymodule_export]
    use super::apps::Apps;
    #[pymodule_export]
    use super::calendar::{
        calendar, format_timespan, format_timestamp, next_elapses, parse_timespan, parse_timestamp,
    };
    #[pymodule_export]
    use super::client::Client;
    #[pymodule_export]
    use super::embedded::Embedded;
    #[pymodule_export]
    use super::event::{UnitEvent, UnitState};
    #[pymodule_export]
    use super::event_loop::LoopDriver;
    #[pymodule_export]
    use super::figures::{Metrics, read_figures, read_unit_details, sample_figures};
    #[pymodule_export]
    use super::job::Job;
    #[pymodule_export]
    use super::journal::EntryReader;
    #[pymodule_export]
    use super::journal_entry::Entry;
    #[pymodule_export]
    use super::journal_files::JournalQuestion;
    #[pymodule_export]
    use super::journal_send::JournalSocket;
    #[pymodule_export]
    use super::live::LiveUnits;
    #[pymodule_export]
    use super::properties_event::PropertiesEvent;
    #[pymodule_export]
    use super::request::Request;
    #[pymodule_export]
    use super::running::Run;
    #[pymodule_export]
    use super::transient::{start_scope, start_transient_unit, start_trigger};
    #[pymodule_export]
    use super::unit_file::{
        UnitFileText, quote_command, quote_environment, quote_path, quote_text, split_command,
        split_environment, unified_diff,
    };
    #[pymodule_export]
    use super::unit_info::UnitInfo;
    #[pymodule_export]
    use super::unit_log::UnitLog;
    #[pymodule_export]
    use super::unit_name::{
        escape, escape_path, unescape, unescape_path, unit_instance, unit_name, unit_name_parts,
        unit_of_object_path, unit_of_path,
    };
    #[pymodule_export]
    use super::unit_text::TextRequest;
    #[pymodule_export]
    use super::verb::{beyond_systemctl, verbs};
    #[pymodule_export]
    use super::watch::{PropertyWatch, Watch};

    /// The version of the compiled part.
    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "a module attribute of Python")]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
