//! The change of a text, as `diff -u` shows it and `patch` takes it.

use similar::TextDiff;

/// The lines that differ, with three around them; nothing where none does.
#[must_use]
pub fn unified_diff(path: &str, before: &str, after: &str) -> String {
    if before == after {
        return String::new();
    }
    TextDiff::from_lines(before, after).unified_diff().header(path, path).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_diff_shows_it() {
        for (before, after, expected) in [
            ("a\n", "a\n", ""),
            ("", "a\n", "--- /x\n+++ /x\n@@ -0,0 +1 @@\n+a\n"),
            ("a\nb\n", "a\nc\n", "--- /x\n+++ /x\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n"),
            ("a", "a\n", "--- /x\n+++ /x\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n"),
            ("1\n2\n3\n4\n5\n6\n", "1\n2\n3\n4\n5\n", "--- /x\n+++ /x\n@@ -3,4 +3,3 @@\n 3\n 4\n 5\n-6\n"),
        ] {
            assert_eq!(unified_diff("/x", before, after), expected);
        }
    }
}
