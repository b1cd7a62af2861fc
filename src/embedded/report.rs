//! What the supervisor tells its owner, line by line.

/// What the supervisor has told.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Report {
    pub(super) started: bool,
    /// The step that failed, in the supervisor's word.
    pub(super) failed: Option<String>,
    /// The cgroup of the manager and its units, relative to the root of cgroup v2.
    pub(super) cgroup: String,
    pub(super) manager: u32,
    /// No journal is kept any more.
    pub(super) journal_ended: bool,
    /// The manager is gone, and all its units.
    pub(super) ended: bool,
}

impl Report {
    /// Reads the whole lines of `text`; a line that is not finished yet changes nothing.
    pub(super) fn parse(text: &str) -> Self {
        let mut report = Self::default();
        for line in text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')) {
            match line.split_once(' ') {
                None if line == "started" => report.started = true,
                None if line == "journal-ended" => report.journal_ended = true,
                None if line == "ended" => report.ended = true,
                Some(("failed", step)) => report.failed = Some(step.to_owned()),
                Some(("cgroup", path)) => path.clone_into(&mut report.cgroup),
                Some(("manager", process)) => report.manager = process.parse().unwrap_or_default(),
                _ => {}
            }
        }
        report
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_lines_of_the_report_count() {
        let text = "started\ncgroup /a/b\nmanager 712\n";
        let whole = Report::parse(text);
        assert_eq!((whole.started, whole.cgroup.as_str(), whole.manager), (true, "/a/b", 712));
        assert_eq!(Report::parse("started\ncgroup /a/b\nmanager 71").manager, 0);
        assert_eq!(Report::parse("failed cgroup-make\n").failed.as_deref(), Some("cgroup-make"));
        assert!(Report::parse("ended\n").ended && !Report::parse("ended").ended);
        assert_eq!(Report::parse("noise\nmanager x\n"), Report::default());
    }
}
