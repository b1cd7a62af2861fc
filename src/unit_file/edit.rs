//! Changing a unit file while all other lines stay as they are.

use super::model::{Content, Line, UnitFile};
use super::parse::MARK;
use super::rules::{check_key, check_section, check_value};
use crate::error::Result;

impl UnitFile {
    /// Makes this the setting's only assignment: it takes the place of the first one, or ends the section.
    ///
    /// The value is written as it is: quote it first with the function for its kind ([`super::plain`], ...).
    pub fn set(&mut self, section: &str, key: &str, value: &str) -> Result<()> {
        let places = self.places(section, key);
        let Some((&first, rest)) = places.split_first() else { return self.add(section, key, value) };
        check_assignment(section, key, value)?;
        for &index in rest.iter().rev() {
            self.drop_line(index);
        }
        let old = &self.lines[first];
        let mark = if old.mark { MARK } else { "" };
        let ending = if old.raw.ends_with(['\n', '\r']) { self.line_break() } else { "" };
        let raw = format!("{mark}{key}={value}{ending}");
        self.lines[first] = Line { mark: old.mark, ..assignment(raw, key, value) };
        Ok(())
    }

    /// Adds an assignment after the setting's last one, or at the end of the section, which is made if need be.
    ///
    /// The value is written as it is; an empty one resets a list.
    pub fn add(&mut self, section: &str, key: &str, value: &str) -> Result<()> {
        check_assignment(section, key, value)?;
        let last = self.places(section, key).pop().or_else(|| self.section_end(section));
        let index = match last {
            Some(index) => index + 1,
            None => self.add_section(section),
        };
        let ending = self.line_break();
        self.close(index);
        self.lines.insert(index, assignment(format!("{key}={value}{ending}"), key, value));
        Ok(())
    }

    /// Makes these the setting's only assignments, all or none; without any, there are none left.
    pub fn set_all(&mut self, section: &str, key: &str, values: &[impl AsRef<str>]) -> Result<()> {
        check_all(section, key, values)?;
        let Some((first, rest)) = values.split_first() else {
            self.remove(section, key);
            return Ok(());
        };
        self.set(section, key, first.as_ref())?;
        self.add_all(section, key, rest)
    }

    /// Adds assignments after the setting's last one, all or none.
    pub fn add_all(&mut self, section: &str, key: &str, values: &[impl AsRef<str>]) -> Result<()> {
        check_all(section, key, values)?;
        values.iter().try_for_each(|value| self.add(section, key, value.as_ref()))
    }

    /// Removes all assignments of a setting and tells how many there were.
    pub fn remove(&mut self, section: &str, key: &str) -> usize {
        let places = self.places(section, key);
        for &index in places.iter().rev() {
            self.drop_line(index);
        }
        places.len()
    }

    /// Where the setting is assigned.
    fn places(&self, section: &str, key: &str) -> Vec<usize> {
        let mut current = "";
        let mut found = Vec::new();
        for (index, line) in self.lines.iter().enumerate() {
            match &line.content {
                Content::Section(name) => current = name,
                Content::Assignment { key: other, .. } if current == section && other == key => {
                    found.push(index);
                }
                Content::Assignment { .. } | Content::Silent | Content::Ignored(_) => {}
            }
        }
        found
    }

    /// The last line of the section that says something.
    fn section_end(&self, section: &str) -> Option<usize> {
        let mut inside = false;
        let mut end = None;
        for (index, line) in self.lines.iter().enumerate() {
            if let Content::Section(name) = &line.content {
                inside = name == section;
            }
            if inside && line.content != Content::Silent {
                end = Some(index);
            }
        }
        end
    }

    /// Appends an empty section, after a blank line, and tells where its first line goes.
    fn add_section(&mut self, section: &str) -> usize {
        let ending = self.line_break();
        self.close(self.lines.len());
        if self.lines.last().is_some_and(|line| !line.raw.trim().is_empty()) {
            self.lines.push(Line::new(ending.to_owned(), Content::Silent));
        }
        let content = Content::Section(section.to_owned());
        self.lines.push(Line::new(format!("[{section}]{ending}"), content));
        self.lines.len()
    }

    /// Makes sure that what is inserted here begins a line of its own.
    fn close(&mut self, index: usize) {
        let ending = self.line_break();
        let Some(line) = index.checked_sub(1).and_then(|before| self.lines.get_mut(before)) else { return };
        if !line.raw.ends_with(['\n', '\r']) {
            line.raw.push_str(ending);
        }
        if line.open {
            // A blank line ends the continuation. A CR after an LF, or the reverse, would only be one line break.
            line.raw.push(if line.raw.ends_with('\r') { '\r' } else { '\n' });
            line.open = false;
            line.height += 1;
        }
    }

    /// Removes a line; a byte order mark on it stays, because a later one would then count.
    fn drop_line(&mut self, index: usize) {
        if self.lines[index].mark {
            let raw = format!("{MARK}{}", self.line_break());
            self.lines[index] = Line { mark: true, ..Line::new(raw, Content::Silent) };
        } else {
            self.lines.remove(index);
        }
    }

    /// How this file ends its lines.
    fn line_break(&self) -> &'static str {
        match self.lines.first() {
            Some(line) if line.raw.ends_with("\r\n") => "\r\n",
            _ => "\n",
        }
    }
}

fn check_all(section: &str, key: &str, values: &[impl AsRef<str>]) -> Result<()> {
    check_section(section)?;
    check_key(key)?;
    values.iter().try_for_each(|value| check_value(key, value.as_ref()))
}

fn check_assignment(section: &str, key: &str, value: &str) -> Result<()> {
    check_section(section)?;
    check_key(key)?;
    check_value(key, value)
}

fn assignment(raw: String, key: &str, value: &str) -> Line {
    Line::new(raw, Content::Assignment { key: key.to_owned(), value: value.to_owned() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Change = fn(&mut UnitFile) -> Result<()>;

    #[test]
    fn changes() {
        let set: Change = |file| file.set("S", "A", "9");
        let add: Change = |file| file.add("S", "A", "9");
        let remove: Change = |file| {
            file.remove("S", "A");
            Ok(())
        };
        for (change, before, after) in [
            (set, "", "[S]\nA=9\n"),
            (set, "[S]\n# c\nA = 1\nB=2\nA=3\n[T]\nA=4", "[S]\n# c\nA=9\nB=2\n[T]\nA=4"),
            (set, "[S]\nA=1 \\\n # c\n 2\nB=2\n", "[S]\nA=9\nB=2\n"),
            (set, "[S]\nA=1", "[S]\nA=9"),
            (set, "[T]\nB=1", "[T]\nB=1\n\n[S]\nA=9\n"),
            (add, "[S]\r\nA=1\r\nB=2\r\n", "[S]\r\nA=1\r\nA=9\r\nB=2\r\n"),
            (add, "[S]\nB=2\n# end\n\n[T]\n", "[S]\nB=2\nA=9\n# end\n\n[T]\n"),
            (add, "[S]\n[T]\n[S]\n", "[S]\n[T]\n[S]\nA=9\n"),
            (add, "[S]\nB=2 \\", "[S]\nB=2 \\\n\nA=9\n"),
            (add, "[S]\nB=2 \\\n", "[S]\nB=2 \\\n\nA=9\n"),
            (add, "[S]\rB=2 \\\r", "[S]\rB=2 \\\r\rA=9\n"),
            (remove, "[S]\nA=1\n#\nA=2 \\\n3\nB=\n", "[S]\n#\nB=\n"),
            (remove, "[T]\nA=1", "[T]\nA=1"),
        ] {
            let mut file = UnitFile::parse(before).unwrap();
            change(&mut file).unwrap();
            assert_eq!(file.render(), after, "{before:?}");
            assert!(UnitFile::parse(after).unwrap().assignments().eq(file.assignments()), "{before:?}");
        }
    }

    #[test]
    fn nothing_can_be_smuggled_in() {
        let mut file = UnitFile::parse("[S]\nA=1\n").unwrap();
        for value in ["a\nB=1", "a\rB=1", "a\0", "a\\", " a", "a ", "a\u{fffe}"] {
            assert!(file.set("S", "A", value).is_err(), "{value:?}");
            assert!(file.add("S", "B", value).is_err(), "{value:?}");
        }
        for word in ["", "a]", "[a", "a b", "a=b", "a\n", "#a", "é"] {
            assert!(file.add("S", word, "1").is_err(), "{word:?}");
            assert!(file.add(word, "A", "1").is_err(), "{word:?}");
        }
        assert_eq!(file.render(), "[S]\nA=1\n");
    }

    type Flat = Vec<(String, String, String)>;

    fn flat(file: &UnitFile, but: &str) -> Flat {
        let others = file.assignments().filter(|a| (a.section, a.key) != ("S", but));
        others.map(|a| (a.section.to_owned(), a.key.to_owned(), a.value.to_owned())).collect()
    }

    proptest! {
        #[test]
        fn the_rest_stays(text in r"([\[\]AB=# \n\r\\x\u{feff}]|\[S\]\n|A=1\n|B=2\r\n|A=3 \\\n){0,24}", value in "[a-z]{1,3}( [a-z]{1,3})?") {
            let Ok(file) = UnitFile::parse(&text) else { return Ok(()) };
            for step in 0..3 {
                let mut changed = file.clone();
                match step {
                    0 => changed.set("S", "A", &value).unwrap(),
                    1 => changed.add("S", "A", &value).unwrap(),
                    _ => { changed.remove("S", "A"); }
                }
                let again = UnitFile::parse(changed.render()).unwrap();
                prop_assert_eq!(flat(&again, "A"), flat(&file, "A"), "{}: {:?}", step, changed.render());
                prop_assert_eq!(flat(&again, ""), flat(&changed, ""));
                prop_assert_eq!(again.get("S", "A"), (step < 2).then_some(value.as_str()));
            }
        }
    }
}
