//! A question about many unit files in portions: for the state of one systemd looks through all folders, and answers nobody
//! else until the answer is complete.

use std::collections::BTreeMap;

use crate::unit::Pattern;

/// So many names systemd may look at for one answer: a millisecond or three.
const LOOKS: usize = 1000;
/// So many patterns at most are compared with every name.
const MOST_PATTERNS: usize = 16;
const SPECIAL: [char; 3] = ['*', '?', '['];

/// Patterns that together match what these match (everything, without any), in groups of which each matches few of the
/// names that are known. What else there may be one of them matches, too.
pub(super) fn portions(patterns: &[String], names: &[String]) -> Vec<Vec<String>> {
    let most = (LOOKS / names.len().max(1)).max(1);
    let everything = ["*".to_owned()];
    let mut shares = Vec::new();
    for pattern in if patterns.is_empty() { &everything } else { patterns } {
        let matching = matching(pattern, names.iter().map(String::as_str));
        share(pattern, matching, most, &mut shares);
    }
    packed(shares, most)
}

/// A pattern, and how many of the known names it matches.
type Share = (String, usize);

fn matching<'a>(pattern: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    // What is no pattern systemd will say.
    Pattern::parse(pattern)
        .map_or_else(|_| Vec::new(), |glob| names.filter(|name| glob.matches(name)).collect())
}

fn share(pattern: &str, names: Vec<&str>, most: usize, shares: &mut Vec<Share>) {
    match pattern.find(SPECIAL) {
        Some(star) if names.len() > most && pattern[star..].starts_with('*') => {
            split(&pattern[..star], &pattern[star + 1..], names, most, shares);
        }
        _ => shares.push((pattern.to_owned(), names.len())),
    }
}

/// `begin*rest` is `beginrest`, or it goes on with one of the characters that are known there, or with another one.
fn split(begin: &str, rest: &str, names: Vec<&str>, most: usize, shares: &mut Vec<Share>) {
    let without = format!("{begin}{rest}");
    let matched = matching(&without, names.iter().copied());
    let mut longer: BTreeMap<char, Vec<&str>> = BTreeMap::new();
    for name in names.into_iter().filter(|name| !matched.contains(name)) {
        if let Some(next) = name[begin.len()..].chars().next() {
            longer.entry(next).or_default().push(name);
        }
    }
    share(&without, matched, most, shares);
    shares.push((another(begin, rest, longer.keys().copied()), 0));
    for (next, names) in longer {
        share(&format!("{begin}{next}*{rest}"), names, most, shares);
    }
}

/// The pattern of what goes on with none of these characters.
fn another(begin: &str, rest: &str, known: impl Iterator<Item = char>) -> String {
    // Anywhere but at the end a dash would mean what lies between two characters.
    let (dashes, others): (Vec<char>, Vec<char>) = known.partition(|&next| next == '-');
    let known: String = others.into_iter().chain(dashes).collect();
    if known.is_empty() { format!("{begin}?*{rest}") } else { format!("{begin}[!{known}]*{rest}") }
}

fn packed(shares: Vec<Share>, most: usize) -> Vec<Vec<String>> {
    let mut portions: Vec<Vec<String>> = Vec::new();
    let mut full = usize::MAX;
    // Those that match nothing together, and not one with each that does.
    let (some, none): (Vec<Share>, Vec<Share>) = shares.into_iter().partition(|(_, count)| *count > 0);
    for (pattern, count) in some.into_iter().chain(none) {
        match portions.last_mut() {
            Some(portion) if full.saturating_add(count) <= most && portion.len() < MOST_PATTERNS => {
                portion.push(pattern);
                full += count;
            }
            _ => {
                portions.push(vec![pattern]);
                full = count;
            }
        }
    }
    portions
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn matches(patterns: &[String], name: &str) -> bool {
        patterns.iter().any(|pattern| Pattern::parse(pattern).unwrap().matches(name))
    }

    #[test]
    fn few_files_are_asked_for_at_once() {
        let names: Vec<String> = (0..20).map(|number| format!("a-{number}.service")).collect();
        assert_eq!(portions(&[], &names), [["*"]]);
        assert_eq!(portions(&["a-1*".to_owned(), "b".to_owned()], &names), [["a-1*", "b"]]);
        assert_eq!(portions(&[], &[]), [["*"]]);
    }

    #[test]
    fn many_files_are_asked_for_one_by_one() {
        let names: Vec<String> = (0..LOOKS).map(|number| format!("many-{number:04}.service")).collect();
        for patterns in [&[][..], &["many-*".to_owned()], &["*.service".to_owned()]] {
            let found = portions(patterns, &names);
            for portion in &found {
                assert!(names.iter().filter(|name| matches(portion, name)).count() <= 1, "{portion:?}");
            }
            assert!(found.len() < names.len() + names.len() / 10, "{}", found.len());
        }
    }

    proptest! {
        /// Whatever was known: nothing is left out, nothing is added, and no portion is of many.
        #[test]
        fn portions_are_the_whole(
            known in proptest::collection::btree_set(r"[a-c\\.@-]{1,6}", 0..400),
            names in proptest::collection::vec(r"[a-d\\.@-]{1,6}", 40),
            patterns in proptest::collection::vec(r"[ab-]{0,2}(\*|\?|\[ab\]|\*\*)?[a-c.]{0,2}\*?[.c]?", 0..3),
        ) {
            let known: Vec<String> = known.into_iter().collect();
            let found = portions(&patterns, &known);
            let whole = if patterns.is_empty() { vec!["*".to_owned()] } else { patterns.clone() };
            for name in names.iter().chain(&known) {
                prop_assert_eq!(found.iter().any(|portion| matches(portion, name)), matches(&whole, name), "{}", name);
            }
            for portion in &found {
                prop_assert!(portion.len() <= MOST_PATTERNS);
                let count = known.iter().filter(|name| matches(portion, name)).count();
                let is_alone = portion.len() == 1 && !portion[0].contains('*');
                // A pattern that begins with a set cannot be split.
                let begins_otherwise = portion.iter().any(|part| part.find(SPECIAL).is_some_and(|at| !part[at..].starts_with('*')));
                prop_assert!(is_alone || begins_otherwise || count <= (LOOKS / known.len().max(1)).max(1));
            }
        }
    }
}
