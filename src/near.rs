//! The nearest of some words, for "did you mean".

/// The longest word that is compared.
const LONGEST: usize = 64;

/// The word among `known` that `word` is most likely a mistyped form of: one that differs in case, by one letter,
/// or, where it is long, by two. Neighbours that changed places count as one.
#[must_use]
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word: Vec<char> = word.to_lowercase().chars().collect();
    let allowed = match word.len() {
        0 | 1 => return None,
        2..=7 => 1,
        _ => 2,
    };
    if word.len() > LONGEST {
        return None;
    }
    let measured = known.into_iter().filter_map(|candidate| {
        let letters: Vec<char> = candidate.to_lowercase().chars().collect();
        let steps = (letters.len().abs_diff(word.len()) <= allowed).then(|| distance(&word, &letters))?;
        (steps <= allowed && steps < letters.len()).then_some((steps, candidate))
    });
    measured.min_by_key(|(steps, _)| *steps).map(|(_, candidate)| candidate)
}

/// How many letters have to be put in, left out, changed or swapped to make one word of the other.
fn distance(left: &[char], right: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for (row, letter) in left.iter().enumerate() {
        let mut next = vec![row + 1];
        for (column, other) in right.iter().enumerate() {
            let changed = last[column] + usize::from(letter != other);
            let mut best = changed.min(last[column + 1] + 1).min(next[column] + 1);
            let swapped = row > 0 && column > 0 && *letter == right[column - 1] && left[row - 1] == *other;
            if swapped {
                best = best.min(before[column - 1] + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut last, next);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistyped_words_are_known_again() {
        let known = ["active", "inactive", "failed", "MemoryMax", "StartLimitIntervalSec", "no"];
        for (word, meant) in [
            ("actve", Some("active")),
            ("Active", Some("active")),
            ("acitve", Some("active")),
            ("inactiv", Some("inactive")),
            ("faild", Some("failed")),
            ("memorymax", Some("MemoryMax")),
            ("MemoyMaxx", Some("MemoryMax")),
            ("StartLimitInterval", None),
            ("running", None),
            ("n", None),
            ("", None),
            ("xx", None),
            (&"a".repeat(100_000), None),
        ] {
            assert_eq!(nearest(word, known), meant, "{word}");
        }
    }
}
