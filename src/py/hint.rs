//! Hints in the words of Python.

use std::fmt::Write as _;

use crate::error::{Hint, Part};

/// The next step, as whoever writes Python would write it.
pub(super) fn in_python(hint: &Hint) -> String {
    hint.parts().iter().fold(String::new(), |mut words, part| {
        // A text takes all that is written to it.
        let _ = match part {
            Part::Text(text) => words.write_str(text),
            Part::Argument(name) => write!(words, "{name}="),
            Part::Given(name, value) => write!(words, "{name}={value:?}"),
            Part::TurnedOn(name) => write!(words, "{name}=True"),
            Part::Entry(name, key, value) => write!(words, "{name}={{{key:?}: {value:?}}}"),
            Part::Extra(section, settings) => {
                let settings: Vec<String> =
                    settings.iter().map(|(key, value)| format!("{key:?}: {value:?}")).collect();
                write!(words, "extra={{{section:?}: {{{}}}}}", settings.join(", "))
            }
            Part::Call(name, None) => write!(words, "{name}()"),
            Part::Call(name, Some(unit)) => write!(words, "{name}({unit:?})"),
            Part::Command { .. } => part.write_command(&mut words),
        };
        words
    })
}
