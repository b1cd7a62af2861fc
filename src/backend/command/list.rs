//! Listings: `ListUnitsByPatterns` through `busctl`; without a message bus through systemctl alone.

use super::{Command, explained, json};
use crate::error::Result;
use crate::unit::{UnitInfo, UnitName};
use crate::value::Value;

/// What a row is made of.
const OF_A_ROW: [&str; 7] = ["Id", "Description", "LoadState", "ActiveState", "SubState", "Following", "Job"];

impl Command {
    /// The loaded units whose names match one of the patterns.
    pub async fn list_units(&self, patterns: &[String]) -> Result<Vec<UnitInfo>> {
        let count = patterns.len().to_string();
        let mut call = vec![
            "/org/freedesktop/systemd1",
            "org.freedesktop.systemd1.Manager",
            "ListUnitsByPatterns",
            "asas",
            "0",
            &count,
        ];
        call.extend(patterns.iter().map(String::as_str));
        let Some(answer) = self.busctl(&call).await? else { return self.list_with_systemctl(patterns).await };
        let explain = |error| explained(error, "list units", None);
        answer.check(&["ListUnitsByPatterns"]).map_err(explain)?;
        json::units(&answer.stdout)
    }

    async fn list_with_systemctl(&self, patterns: &[String]) -> Result<Vec<UnitInfo>> {
        let mut arguments = vec!["list-units", "--all", "--full", "--plain", "--no-legend", "--"];
        arguments.extend(patterns.iter().map(String::as_str));
        let answer = self.systemctl(&arguments).await?;
        let explain = |error| explained(error, "list units", None);
        answer.check(&["ListUnits"]).map_err(explain)?;
        let names: Vec<UnitName> = first_words(answer.text()?).filter_map(|name| name.parse().ok()).collect();
        let jobs = self.systemctl(&["list-jobs", "--full", "--plain", "--no-legend"]).await?;
        jobs.check(&["ListJobs"]).map_err(explain)?;
        let jobs = job_types(jobs.text()?);
        let blocks = self.show(&names, &OF_A_ROW, "read").await?;
        Ok(blocks.into_iter().flatten().map(|block| row(&block.values(), &jobs)).collect())
    }
}

fn first_words(output: &str) -> impl Iterator<Item = &str> {
    output.lines().filter_map(|line| line.split_ascii_whitespace().next())
}

/// Number and type of each job: the columns of `systemctl list-jobs` are number, unit, type, state.
fn job_types(output: &str) -> Vec<(u64, String)> {
    let job = |line: &str| {
        let mut columns = line.split_ascii_whitespace();
        let id = columns.next()?.parse().ok()?;
        Some((id, columns.nth(1)?.to_owned()))
    };
    output.lines().filter_map(job).collect()
}

fn row(values: &[(String, Value)], jobs: &[(u64, String)]) -> UnitInfo {
    let find = |name| super::properties::find(values, name);
    let text = |name| find(name).and_then(Value::as_text).unwrap_or_default().to_owned();
    let job = match find("Job") {
        Some(Value::Tuple(parts)) => parts.first().and_then(Value::as_unsigned).filter(|&id| id != 0),
        _ => None,
    };
    UnitInfo {
        name: text("Id"),
        description: text("Description"),
        load_state: text("LoadState"),
        active_state: text("ActiveState"),
        sub_state: text("SubState"),
        followed: Some(text("Following")).filter(|unit| !unit.is_empty()),
        job_id: job.and_then(|id| u32::try_from(id).ok()),
        job_type: jobs.iter().find(|(id, _)| Some(*id) == job).map(|(_, kind)| kind.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns() {
        // systemctl 252.
        let units =
            "a.service                loaded active   running A   b\n  b.target loaded inactive dead B\n";
        assert_eq!(first_words(units).collect::<Vec<_>>(), ["a.service", "b.target"]);
        let jobs = "107 a.service        start running\n108 b-c.service start waiting\n";
        assert_eq!(job_types(jobs), [(107, "start".to_owned()), (108, "start".to_owned())]);
        assert!(job_types("No jobs running.\n").is_empty());
    }
}
