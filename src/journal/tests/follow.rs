//! Following files that a pretended journald writes. Of a real one, at full speed, `tests/live/journal` does it.

use std::os::unix::fs::FileExt as _;
use std::path::Path;

use super::*;
use crate::journal::follower::Follower;

/// Writes two journals, with one source of numbers, as journald does.
struct Pretended {
    folder: tempfile::TempDir,
    form: Form,
    next: u64,
    /// What is in the system's journal, and in a user's.
    lines: [Vec<Line>; 2],
    /// Renamed ones, with the last number of each.
    old: Vec<(PathBuf, u64)>,
}

const NAMES: [&str; 2] = ["system", "user-1000"];

impl Pretended {
    fn new(form: Form) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder, form, next: 1, lines: [Vec::new(), Vec::new()], old: Vec::new() }
    }

    fn query(&self) -> Query {
        let journals = Journals::Folder(self.folder.path().to_owned());
        Query { journals, lines: Some(0), ..Query::default() }
    }

    fn path(&self, which: usize) -> PathBuf {
        self.folder.path().join(format!("{}.journal", NAMES[which]))
    }

    fn write(&mut self, which: usize, count: u64) {
        self.lines[which].extend(lines(self.next..self.next + count));
        self.next += count;
        put(&self.path(which), &written(self.form, 1, &self.lines[which]));
    }

    fn rotate(&mut self, which: usize) {
        let Some(last) = self.lines[which].last().map(|line| line.seqnum) else { return };
        let old = self.folder.path().join(format!("{}@{last}.journal", NAMES[which]));
        std::fs::rename(self.path(which), &old).unwrap();
        self.lines[which].clear();
        self.old.push((old, last));
        put(&self.path(which), &written(self.form, 1, &[]));
    }

    /// Removes old ones, of which this one and all before it are not wanted any more.
    fn vacuum(&mut self, told: u64) {
        self.old.retain(|(path, last)| {
            let is_told = *last <= told;
            if is_told {
                std::fs::remove_file(path).unwrap();
            }
            !is_told
        });
    }
}

/// Overwrites a file that others may be reading.
fn put(path: &Path, bytes: &[u8]) {
    let file = std::fs::OpenOptions::new().write(true).create(true).truncate(false).open(path).unwrap();
    file.write_all_at(bytes, 0).unwrap();
}

/// All that there is now.
fn rest(follower: &mut Follower) -> Vec<Entry> {
    let mut found = Vec::new();
    while let Some(some) = follower.read_some(7).unwrap() {
        found.extend(some);
    }
    found
}

fn told(follower: &mut Follower) -> Vec<u64> {
    rest(follower).iter().map(Entry::seqnum).collect()
}

#[test]
fn the_last_are_told_and_then_what_comes() {
    for form in FORMS {
        let mut journald = Pretended::new(form);
        journald.write(0, 5);
        journald.write(1, 3);
        let all = journald.query();
        let cursor = read(&Query { lines: None, ..all.clone() })[3].cursor();
        let since = Query { since: Some(7_000_000), lines: None, ..all.clone() };
        let after = Query { beginning: Beginning::After(cursor), lines: None, ..all.clone() };
        let cases: [(Query, &[u64]); 5] = [
            (all.clone(), &[]),
            (Query { lines: Some(2), ..all.clone() }, &[7, 8]),
            (Query { lines: Some(100), ..all.clone() }, &[1, 2, 3, 4, 5, 6, 7, 8]),
            (since, &[7, 8]),
            (after, &[5, 6, 7, 8]),
        ];
        let mut followers = Vec::new();
        for (query, first) in cases {
            let mut follower = Follower::begin(&query).unwrap();
            assert_eq!(told(&mut follower), first, "{query:?}");
            followers.push(follower);
        }
        journald.write(1, 2);
        journald.rotate(0);
        journald.write(0, 1);
        journald.rotate(1);
        for follower in &mut followers {
            assert_eq!(told(follower), [9, 10, 11]);
        }
        journald.write(1, 1);
        journald.vacuum(11);
        for follower in &mut followers {
            assert_eq!(told(follower), [12]);
            assert_eq!(follower.left_out(), []);
            // What is read and not written any more is not kept open.
            assert_eq!(follower.open_files(), 2);
        }
    }
}

#[test]
fn a_file_that_was_removed_gives_its_name_to_another() {
    let mut journald = Pretended::new(FORMS[0]);
    journald.write(1, 3);
    let mut follower = Follower::begin(&journald.query()).unwrap();
    assert_eq!(told(&mut follower), [0; 0]);
    journald.rotate(1);
    journald.vacuum(3);
    journald.write(1, 1);
    assert_eq!(told(&mut follower), [4]);
    journald.rotate(1);
    journald.write(1, 1);
    assert_eq!(told(&mut follower), [5]);
}

#[test]
fn copies_are_not_told_again() {
    let mut journald = Pretended::new(FORMS[0]);
    journald.write(0, 5);
    let mut follower = Follower::begin(&Query { lines: Some(2), ..journald.query() }).unwrap();
    assert_eq!(told(&mut follower), [4, 5]);
    journald.write(0, 2);
    // As at `journalctl --flush`: what was logged so far gets numbers of another source, and is gone on with there.
    let mut copies = lines(1..10);
    for line in &mut copies {
        line.seqnum += 100;
    }
    put(&journald.folder.path().join("kept.journal"), &written(FORMS[0], 2, &copies));
    assert_eq!(told(&mut follower), [6, 7, 108, 109]);
    std::fs::remove_file(journald.path(0)).unwrap();
    copies.extend(lines(10..12));
    put(&journald.folder.path().join("kept.journal"), &written(FORMS[0], 2, &copies));
    assert_eq!(told(&mut follower), [10, 11]);
    assert_eq!(follower.open_files(), 1);
}

#[test]
fn what_is_begun_or_comes_late_is_read_when_it_can_be() {
    let mut journald = Pretended::new(FORMS[1]);
    let late = journald.folder.path().join(format!("{}/late.journal", "ab".repeat(16)));
    put(&journald.path(1), b"LPKSHHRH");
    journald.write(0, 2);
    let mut follower = Follower::begin(&journald.query()).unwrap();
    assert_eq!(told(&mut follower), [0; 0]);
    assert_eq!(follower.left_out().len(), 1);
    journald.write(1, 1);
    assert_eq!(told(&mut follower), [3]);
    assert_eq!(follower.left_out(), []);
    std::fs::create_dir(late.parent().unwrap()).unwrap();
    assert_eq!(told(&mut follower), [0; 0]);
    put(&late, &written(FORMS[1], 1, &lines(4..5)));
    assert_eq!(told(&mut follower), [4]);
}

#[test]
fn a_file_that_denies_what_is_in_it_is_not_looked_at_for_ever() {
    let journald = Pretended::new(FORMS[0]);
    let mut bytes = written(FORMS[0], 1, &lines(1..6));
    bytes[160] = 3;
    put(&journald.path(0), &bytes);
    let mut follower = Follower::begin(&Query { lines: Some(9), ..journald.query() }).unwrap();
    assert_eq!(told(&mut follower), [1, 2, 3]);
    bytes[160] = 5;
    put(&journald.path(0), &bytes);
    assert_eq!(told(&mut follower), [4, 5]);
}

#[derive(Clone, Debug)]
enum Step {
    Write(usize, u64),
    Rotate(usize),
    Vacuum,
    Read(usize),
    /// Another reader goes on from the last cursor.
    Begin,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..2_usize, 1..6_u64).prop_map(|(which, count)| Step::Write(which, count)),
        2 => (0..2_usize).prop_map(Step::Rotate),
        1 => Just(Step::Vacuum),
        4 => (1..9_usize).prop_map(Step::Read),
        1 => Just(Step::Begin),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    /// Whatever is written, renamed and removed, and whoever goes on from where another has stopped: none is missing and none
    /// is told twice.
    #[test]
    fn each_entry_is_told_once(
        form in 0..3_usize,
        is_of_unit in any::<bool>(),
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let mut journald = Pretended::new(FORMS[form]);
        journald.write(0, 1);
        let wanted = if is_of_unit {
            Match::unit(&UnitPattern::parse("a").unwrap()).unwrap()
        } else {
            Match::All(Vec::new())
        };
        let mut query = Query { wanted, ..journald.query() };
        let mut follower = Follower::begin(&query).unwrap();
        let mut told: Vec<Entry> = Vec::new();
        for step in steps.into_iter().chain([Step::Read(usize::MAX)]) {
            match step {
                Step::Write(which, count) => journald.write(which, count),
                Step::Rotate(which) => journald.rotate(which),
                Step::Vacuum => journald.vacuum(told.last().map_or(0, Entry::seqnum)),
                Step::Read(usize::MAX) => told.extend(rest(&mut follower)),
                Step::Read(most) => told.extend(follower.read_some(most).unwrap().unwrap_or_default()),
                Step::Begin => {
                    if let Some(last) = told.last() {
                        query.beginning = Beginning::After(last.cursor());
                        query.lines = None;
                        follower = Follower::begin(&query).unwrap();
                    }
                }
            }
        }
        let numbers: Vec<u64> = told.iter().map(Entry::seqnum).collect();
        let expected: Vec<u64> =
            (2..journald.next).filter(|number| !is_of_unit || number % 3 == 0).collect();
        prop_assert_eq!(numbers, expected);
    }
}
