//! How systemd says that a job ended (`job_result_table` in its src/core/job.c): what each word amounts to.

use crate::error::Kind;

/// A word of systemd's for how a job ended.
struct JobResultRow {
    word: &'static str,
    kind: Kind,
    /// What it means, where the word alone says too little.
    meaning: Option<&'static str>,
}

const fn row(word: &'static str, kind: Kind, meaning: Option<&'static str>) -> JobResultRow {
    JobResultRow { word, kind, meaning }
}

/// All but `done` and `skipped`, which are no failures.
const FAILURES: [JobResultRow; 11] = [
    row("canceled", Kind::JobCanceled, None),
    row("timeout", Kind::JobTimeout, None),
    row("failed", Kind::JobFailed, None),
    row("dependency", Kind::DependencyFailed, None),
    row("invalid", Kind::Job, Some("the unit can do no such job as it is now")),
    row("assert", Kind::Job, None),
    row("unsupported", Kind::Job, Some("units of this type are not supported here")),
    row("collected", Kind::Job, Some("systemd forgot the unit before the job began")),
    row("once", Kind::Job, Some("the unit runs once only, and has done so")),
    row("frozen", Kind::Job, Some("the unit is frozen, and has to be thawed first")),
    row("concurrency", Kind::Job, Some("its slice has as many units as ConcurrencyHardMax= allows")),
];

/// The error that a result amounts to.
pub(super) fn kind_of(result: &str) -> Kind {
    find(result).map_or(Kind::Job, |row| row.kind)
}

/// What a result means, where its word alone says too little.
pub(super) fn meaning_of(result: &str) -> Option<&'static str> {
    find(result)?.meaning
}

fn find(result: &str) -> Option<&'static JobResultRow> {
    FAILURES.iter().find(|row| row.word == result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_that_is_not_known_is_a_failure_without_a_class_of_its_own() {
        assert_eq!((kind_of("exploded"), meaning_of("exploded")), (Kind::Job, None));
    }

    #[test]
    fn the_table_has_the_results_that_systemd_has() {
        let listed = include_str!("../../../introspection/job_results.tsv").lines().skip(1);
        let listed: Vec<&str> = listed.filter_map(|line| line.split('\t').next()).collect();
        let known: Vec<&str> = ["done", "skipped"].into_iter().chain(FAILURES.map(|row| row.word)).collect();
        assert!(listed.iter().all(|word| known.contains(word)), "{listed:?}");
        assert_eq!(listed.len(), known.len());
    }
}
