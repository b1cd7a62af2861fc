//! Which units the vendor wishes to be enabled: systemd.preset(5).

use crate::unit::Pattern;

/// The rules of all preset files; of those that are about a unit the first one counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Presets(Vec<Rule>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    preset: &'static str,
    pattern: Pattern,
    /// The template, with these of its instances; without any the pattern stands for all.
    template: String,
    instances: Vec<String>,
}

impl Presets {
    /// The rules in the texts of the files, in the order of the files' names. What is no rule is skipped, as systemd does it.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        Self(texts.into_iter().flat_map(str::lines).filter_map(rule).collect())
    }

    /// `enabled`, `disabled` or `ignored`. What no rule is about is to be enabled.
    #[must_use]
    pub fn of(&self, unit: &str) -> &'static str {
        self.0.iter().find(|rule| rule.is_about(unit)).map_or("enabled", |rule| rule.preset)
    }
}

impl Rule {
    fn is_about(&self, unit: &str) -> bool {
        let is_instance = || {
            let (prefix, rest) = unit.split_once('@')?;
            let (instance, suffix) = rest.rsplit_once('.')?;
            let is_of_template = self.template == format!("{prefix}@.{suffix}");
            Some(is_of_template && self.instances.iter().any(|known| known == instance))
        };
        self.pattern.matches(unit) || (!self.instances.is_empty() && is_instance() == Some(true))
    }
}

fn rule(line: &str) -> Option<Rule> {
    let mut words = line.split_ascii_whitespace();
    let preset = match words.next()? {
        "enable" => "enabled",
        "disable" => "disabled",
        "ignore" => "ignored",
        // A comment, or what a newer systemd knows.
        _ => return None,
    };
    let template = words.next()?;
    let instances = words.map(str::to_owned).collect();
    Some(Rule { preset, pattern: Pattern::parse(template).ok()?, template: template.to_owned(), instances })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_rule_counts() {
        let presets = Presets::parse([
            "# enable c.service\nenable a.service\nignore b*.service\nenable t@.service one two\n",
            "nonsense\ndisable\ndisable *\nenable d.service\n",
        ]);
        for (unit, preset) in [
            ("a.service", "enabled"),
            ("bb.service", "ignored"),
            ("c.service", "disabled"),
            ("d.service", "disabled"),
            ("t@.service", "enabled"),
            ("t@one.service", "enabled"),
            ("t@three.service", "disabled"),
        ] {
            assert_eq!(presets.of(unit), preset, "{unit}");
        }
        assert_eq!(Presets::default().of("a.service"), "enabled");
    }
}
