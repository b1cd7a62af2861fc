//! Reading files that the tests write themselves. That real ones are read as journalctl reads them, tests/live/journal holds.

mod follow;
mod written;

use std::path::PathBuf;

use proptest::prelude::*;

use super::boots::boots;
use super::cursor::id_text;
use super::fuzz;
use super::*;
use crate::unit::UnitPattern;
use written::{FORMS, Form, Line, written};

/// A line a second, of two boots, with what tests look for.
fn lines(numbers: std::ops::Range<u64>) -> Vec<Line> {
    let line = |number: u64| Line {
        seqnum: number,
        realtime: number * 1_000_000,
        monotonic: number % 20 * 1_000_000 + 1,
        boot: u8::try_from(number / 20).unwrap() + 1,
        fields: vec![
            format!("MESSAGE=line {number}").into_bytes(),
            format!("PRIORITY={}", number % 8).into_bytes(),
            b"_BOOT_ID="
                .iter()
                .chain(id_text([u8::try_from(number / 20).unwrap() + 1; 16]).as_bytes())
                .copied()
                .collect(),
            format!("_SYSTEMD_UNIT={}.service", ["a", "b", "c"][usize::try_from(number % 3).unwrap()])
                .into_bytes(),
            b"TWICE=1".to_vec(),
            format!("TWICE={number}").into_bytes(),
        ],
    };
    numbers.map(line).collect()
}

/// A folder with these files; the lines of each have numbers of another source if they say so.
fn folder(form: Form, files: &[(u8, Vec<Line>)]) -> (tempfile::TempDir, Query) {
    let folder = tempfile::tempdir().unwrap();
    for (number, (source, lines)) in files.iter().enumerate() {
        let path = folder.path().join(format!("{number}.journal"));
        std::fs::write(path, written(form, *source, lines)).unwrap();
    }
    let query = Query { journals: Journals::Folder(folder.path().to_owned()), ..Query::default() };
    (folder, query)
}

fn numbers(query: &Query) -> Vec<u64> {
    read(query).iter().map(Entry::seqnum).collect()
}

fn read(query: &Query) -> Vec<Entry> {
    let mut reader = Reader::begin(query).unwrap();
    let mut found = Vec::new();
    while let Some(entry) = reader.next_entry().unwrap() {
        found.push(entry);
    }
    assert_eq!(reader.left_out(), []);
    found
}

#[test]
fn an_entry_has_its_fields_in_their_order_with_repeats() {
    for form in FORMS {
        let (_folder, query) = folder(form, &[(1, lines(1..4))]);
        let entry = read(&query).swap_remove(1);
        let names: Vec<_> =
            entry.fields().map(|(name, _)| String::from_utf8_lossy(name).into_owned()).collect();
        assert_eq!(names.iter().filter(|name| *name == "TWICE").count(), 2, "{form:?}");
        assert_eq!(names.len(), 6);
        assert_eq!(entry.message(), Some(&b"line 2"[..]));
        assert_eq!((entry.priority(), entry.unit(), entry.pid()), (Some(2), Some("c.service"), None));
        assert_eq!((entry.realtime(), entry.monotonic()), (2_000_000, 2_000_001));
        let cursor = format!("s={0};i=2;b={0};m=1e8481;t=1e8480;x=7", "01".repeat(16));
        assert_eq!(entry.cursor().to_string(), cursor);
        let fields = vec!["MESSAGE".to_owned(), "NONE".to_owned()];
        let few = read(&Query { fields, ..query }).swap_remove(1);
        assert_eq!(few.fields().collect::<Vec<_>>(), [(&b"MESSAGE"[..], &b"line 2"[..])]);
    }
}

#[test]
fn bounds_and_numbers_of_lines_hold() {
    for form in FORMS {
        let (_folder, all) = folder(form, &[(1, lines(1..30)), (1, lines(30..50)), (2, lines(50..60))]);
        let first = read(&all).swap_remove(9).cursor();
        assert_eq!(first.seqnum, Some(10));
        let at = |cursor: &Cursor| Beginning::At(cursor.clone());
        let only_time = Cursor { seqnum_id: None, boot_id: None, ..first.clone() };
        let only_boot = Cursor { seqnum_id: None, ..first.clone() };
        let cases: [(Query, Vec<u64>); 14] = [
            (all.clone(), (1..60).collect()),
            (Query { reverse: true, ..all.clone() }, (1..60).rev().collect()),
            (Query { lines: Some(4), ..all.clone() }, (56..60).collect()),
            (Query { lines: Some(4), reverse: true, ..all.clone() }, (56..60).rev().collect()),
            (Query { lines: Some(0), ..all.clone() }, vec![]),
            (Query { since: Some(50_000_000), ..all.clone() }, (50..60).collect()),
            (Query { until: Some(3_000_000), ..all.clone() }, (1..4).collect()),
            (Query { since: Some(28_500_000), until: Some(31_500_000), ..all.clone() }, (29..32).collect()),
            (Query { until: Some(31_500_000), lines: Some(2), ..all.clone() }, (30..32).collect()),
            (Query { beginning: at(&first), lines: Some(2), ..all.clone() }, (10..12).collect()),
            (Query { beginning: at(&only_time), lines: Some(2), ..all.clone() }, (10..12).collect()),
            (Query { beginning: Beginning::After(first.clone()), ..all.clone() }, (11..60).collect()),
            (Query { beginning: at(&first), reverse: true, ..all.clone() }, (1..11).rev().collect()),
            (
                Query {
                    beginning: Beginning::After(only_boot),
                    reverse: true,
                    lines: Some(2),
                    ..all.clone()
                },
                vec![9, 8],
            ),
        ];
        for (query, expected) in cases {
            assert_eq!(numbers(&query), expected, "{form:?} {query:?}");
        }
    }
}

#[test]
fn fields_are_joined_by_and_and_or() {
    let unit = |name: &str| Match::unit(&UnitPattern::parse(name).unwrap()).unwrap();
    for form in FORMS {
        let (_folder, all) = folder(form, &[(1, lines(1..30)), (1, lines(30..50))]);
        let wanted = |wanted| numbers(&Query { wanted, ..all.clone() });
        let those = |is: fn(&u64) -> bool| (1..50).filter(is).collect::<Vec<u64>>();
        assert_eq!(wanted(unit("a")), those(|number| number % 3 == 0));
        assert_eq!(wanted(Match::Any(vec![unit("a"), unit("c")])), those(|number| number % 3 != 1));
        assert_eq!(
            wanted(Match::All(vec![Match::priority(3), unit("b"), Match::field("TWICE", "1")])),
            those(|number| number % 8 <= 3 && number % 3 == 1)
        );
        assert_eq!(wanted(unit("[bc]*")), those(|number| number % 3 != 0));
        assert_eq!(wanted(unit("none")), [0; 0]);
        assert_eq!(wanted(Match::Any(Vec::new())), [0; 0]);
        let wanted = Match::All(vec![Match::priority(0), unit("a")]);
        let last = Query { wanted, lines: Some(1), ..all.clone() };
        assert_eq!(numbers(&last), [48]);
        let like = Query { grep: Some(Grep::new("LINE 4?7$").unwrap()), ..all.clone() };
        assert_eq!(numbers(&like), [0; 0]);
        let like = Query { grep: Some(Grep::new("LiNE|e 4?7$").unwrap()), lines: Some(2), ..all.clone() };
        assert_eq!(numbers(&like), [7, 47]);
    }
}

#[test]
fn boots_are_known_by_number_and_id() {
    let (_folder, all) = folder(FORMS[0], &[(1, lines(1..30)), (1, lines(30..50))]);
    let boots = boots(&all.journals).unwrap();
    let times: Vec<_> = boots.iter().map(|boot| (boot.first / 1_000_000, boot.last / 1_000_000)).collect();
    assert_eq!(times, [(1, 19), (20, 39), (40, 49)]);
    let of = |boot| numbers(&Query { boot: Some(boot), ..all.clone() });
    assert_eq!(of(Boot::Number(0)), (40..50).collect::<Vec<_>>());
    assert_eq!(of(Boot::Number(-1)), (20..40).collect::<Vec<_>>());
    assert_eq!(of(Boot::Id(boots[0].id.clone())), (1..20).collect::<Vec<_>>());
}

#[test]
fn the_same_entry_of_two_files_is_told_once_and_files_are_told_in_one_order() {
    let mut even: Vec<Line> = lines(1..40).into_iter().filter(|line| line.seqnum % 2 == 0).collect();
    let odd: Vec<Line> = lines(1..40).into_iter().filter(|line| line.seqnum % 2 == 1).collect();
    let (_folder, all) = folder(FORMS[0], &[(1, even.clone()), (1, odd), (1, lines(10..15))]);
    assert_eq!(numbers(&all), (1..40).collect::<Vec<_>>());
    assert_eq!(numbers(&Query { reverse: true, ..all }), (1..40).rev().collect::<Vec<_>>());
    // Two sources: their numbers say nothing of each other.
    for line in &mut even {
        line.seqnum += 1000;
    }
    let (_folder, all) = folder(FORMS[1], &[(2, even), (1, lines(1..10))]);
    let expected = [1, 2, 1002, 3, 4, 1004];
    assert_eq!(numbers(&all)[..6], expected);
}

#[test]
fn what_cannot_be_read_is_told() {
    let (folder, query) = folder(FORMS[0], &[(1, lines(1..5))]);
    let there = |name: &str| folder.path().join(name);
    std::fs::write(there("short.journal"), b"LPKSHHRH").unwrap();
    std::fs::write(there("text.journal"), [b'x'; 300]).unwrap();
    let mut newer = written(FORMS[0], 1, &lines(1..3));
    newer[13] = 0x10;
    std::fs::write(there("newer.journal~"), newer).unwrap();
    std::fs::write(there("other.text"), b"").unwrap();
    std::fs::create_dir(there("folder.journal")).unwrap();
    let reader = Reader::begin(&query).unwrap();
    let told: Vec<String> =
        reader.left_out().iter().map(|left| left.reason.facts().message.clone()).collect();
    let here = folder.path().display();
    let expected = [
        format!("cannot read the journal {here}/folder.journal: it is not a file"),
        format!(
            "cannot read the journal {here}/newer.journal~: it has features that are unknown (flags 0x1000)"
        ),
        format!("cannot read the journal {here}/short.journal: it ends within its header"),
        format!("cannot read the journal {here}/text.journal: it is not a journal file"),
    ];
    assert_eq!(told, expected);
    let files = |paths: Vec<PathBuf>| Query { journals: Journals::Files(paths), ..Query::default() };
    let missing = Reader::begin(&files(vec![there("none.journal")])).unwrap_err();
    assert!(missing.to_string().starts_with("cannot read the journal"), "{missing}");
    let some = files(vec![there("none.journal"), there("0.journal")]);
    assert_eq!(Reader::begin(&some).unwrap().left_out().len(), 1);
    let nowhere = Query { journals: Journals::Folder(there("nowhere")), ..Query::default() };
    assert!(Reader::begin(&nowhere).is_err());
}

#[test]
fn a_file_that_is_cut_off_gives_what_is_whole() {
    for form in FORMS {
        let whole = written(form, 1, &lines(1..20));
        for length in (272..whole.len()).step_by(40) {
            fuzz::journal(&whole[..length]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Whatever is changed in a file, it is read to an end.
    #[test]
    fn a_damaged_file_is_read_to_an_end(
        form in 0..3_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 1..12),
    ) {
        let mut bytes = written(FORMS[form], 1, &lines(1..25));
        let other = bytes.clone();
        for (place, value, how) in changes {
            let at = place.index(bytes.len());
            if how == 0 {
                bytes[at] = value;
            } else {
                // A number of another place: most often an offset.
                let (to, from) = (at / 8 * 8, usize::from(value) * 8 % (other.len() - 8));
                let end = (to + 8).min(bytes.len());
                bytes[to..end].copy_from_slice(&other[from..from + end - to]);
            }
        }
        fuzz::journal(&bytes);
    }
}
