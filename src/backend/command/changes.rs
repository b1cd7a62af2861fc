//! What `systemctl enable` and `disable` did, from the line that they print for each change.

use crate::unit::UnitFileChange;

/// The lines for changes (`install_changes_dump` in systemd's src/shared/install.c): how they begin, what
/// stands between path and destination, how they end, and the change's type on D-Bus.
const LINES: [(&str, &str, &str, &str); 7] = [
    // `Created symlink A -> B.`, in systemd 257 with quotes.
    ("Created symlink ", " -> ", ".", "symlink"),
    // `Removed A.`, since systemd 252 with quotes.
    ("Removed ", "", ".", "unlink"),
    ("Unit ", "", " is masked, ignoring.", "masked"),
    ("Unit ", "", " is masked via a generator and cannot be unmasked, ignoring.", "masked by generator"),
    ("Unit ", "", " is an alias to a unit that is not present, ignoring.", "dangling"),
    ("Unit ", " is added as a dependency to a non-existent unit ", ".", "destination not present"),
    ("Failed to enable auxiliary unit ", "", ", ignoring.", "auxiliary unit failed"),
];

/// The changes, in the order in which they were made.
pub(super) fn parse(stderr: &str) -> Vec<UnitFileChange> {
    stderr.lines().filter_map(change).collect()
}

/// Whether the unit files have an `[Install]` section: systemctl explains at length if they have not.
pub(super) fn carries_install_info(stderr: &str) -> bool {
    !stderr.lines().any(|line| line.starts_with("The unit files have no installation config"))
}

fn change(line: &str) -> Option<UnitFileChange> {
    LINES.iter().find_map(|(begin, between, end, kind)| {
        // A UTF-8 locale would have another arrow.
        let line = line.replace(" \u{2192} ", " -> ");
        let inner = line.strip_prefix(begin)?.strip_suffix(end)?;
        let (first, second) = match *between {
            "" => (inner, None),
            between => inner.split_once(between).map(|(first, second)| (first, Some(second)))?,
        };
        // On D-Bus the unit that is not there comes first.
        let (path, destination) = match (*kind, second) {
            ("destination not present", Some(second)) => (second, Some(first)),
            (_, second) => (first, second),
        };
        let destination = destination.map(|text| unquoted(text).to_owned());
        Some(UnitFileChange { kind: (*kind).to_owned(), path: unquoted(path).to_owned(), destination })
    })
}

fn unquoted(text: &str) -> &str {
    let inner = |quote| text.strip_prefix(quote).and_then(|text| text.strip_suffix(quote));
    inner('"').or_else(|| inner('\'')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_of_several_versions() {
        for (line, kind, path, destination) in [
            // systemctl 252 with LC_ALL=C and with a UTF-8 locale, then 257.
            (
                "Created symlink /e/a.service -> /e/b.service.",
                "symlink",
                "/e/a.service",
                Some("/e/b.service"),
            ),
            (
                "Created symlink /e/a.service \u{2192} /e/b.service.",
                "symlink",
                "/e/a.service",
                Some("/e/b.service"),
            ),
            (
                "Created symlink '/e/a b.service' -> '/e/b.service'.",
                "symlink",
                "/e/a b.service",
                Some("/e/b.service"),
            ),
            // systemctl 245, 252, 257.
            ("Removed /e/a.service.", "unlink", "/e/a.service", None),
            ("Removed \"/e/a.service\".", "unlink", "/e/a.service", None),
            ("Removed '/e/a.service'.", "unlink", "/e/a.service", None),
            ("Unit /e/a.service is masked, ignoring.", "masked", "/e/a.service", None),
            (
                "Unit /e/a.service is added as a dependency to a non-existent unit b.target.",
                "destination not present",
                "b.target",
                Some("/e/a.service"),
            ),
            (
                "Failed to enable auxiliary unit b.service, ignoring.",
                "auxiliary unit failed",
                "b.service",
                None,
            ),
        ] {
            let expected = UnitFileChange {
                kind: kind.to_owned(),
                path: path.to_owned(),
                destination: destination.map(str::to_owned),
            };
            assert_eq!(parse(&format!("noise\n{line}\nSee more.\n")), [expected], "{line}");
        }
    }

    #[test]
    fn install_info() {
        assert!(!carries_install_info("x\nThe unit files have no installation config (WantedBy=, Also=,\n"));
        assert!(carries_install_info("Created symlink /a -> /b.\n"));
    }
}
