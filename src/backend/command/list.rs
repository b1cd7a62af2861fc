//! Listings: `ListUnitsByPatterns` through `busctl` or on the private socket; else through systemctl alone.

use super::{Command, explained, json};
use crate::error::{Kind, Result};
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
        let Some(answer) = self.busctl(&call).await? else {
            return match self.at_private_socket().await {
                Some(dbus) => dbus.list_units(patterns).await,
                None => self.list_with_systemctl(patterns).await,
            };
        };
        let explain = |error| explained(error, "list units", None);
        answer.check(&["ListUnitsByPatterns"]).map_err(explain)?;
        json::units(&answer.stdout)
    }

    /// The unit that this name stands for, if systemd has it in memory (`GetUnit`).
    pub(in crate::backend) async fn get_loaded(&self, unit: &UnitName) -> Result<Option<UnitName>> {
        let call =
            ["/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager", "GetUnit", "s", unit.as_str()];
        let Some(answer) = self.busctl(&call).await? else {
            return match self.at_private_socket().await {
                Some(dbus) => Ok(dbus.get_loaded(unit).await?.0),
                None => self.find_with_systemctl(unit).await,
            };
        };
        match answer.check(&["GetUnit"]).map_err(|error| explained(error, "find", Some(unit))) {
            Ok(()) => UnitName::from_object_path(&json::path(&answer.stdout)?).map(Some),
            Err(error) if error.kind() == Kind::UnitNotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The same by a look at the unit, which systemd loads for that.
    pub(super) async fn find_with_systemctl(&self, unit: &UnitName) -> Result<Option<UnitName>> {
        let mut blocks = self.show(std::slice::from_ref(unit), &["LoadState"], "find").await?;
        match blocks.pop() {
            Some(Ok(block)) if block.text("LoadState") != Some("not-found") => {
                block.text("Id").map(str::parse).transpose()
            }
            _ => Ok(None),
        }
    }

    async fn list_with_systemctl(&self, patterns: &[String]) -> Result<Vec<UnitInfo>> {
        let mut arguments = vec!["list-units", "--all", "--full", "--plain", "--no-legend", "--"];
        arguments.extend(patterns.iter().map(String::as_str));
        let answer = self.systemctl(&arguments).await?;
        let explain = |error| explained(error, "list units", None);
        answer.check(&["ListUnits"]).map_err(explain)?;
        let names: Vec<UnitName> = first_words(answer.text()?).filter_map(|name| name.parse().ok()).collect();
        let jobs = self.job_types().await?;
        let blocks = self.show(&names, &OF_A_ROW, "read").await?;
        Ok(blocks.into_iter().flatten().map(|block| row(&block.values(), &jobs)).collect())
    }

    /// The units of these names, in that order, whether systemd has them in memory or not.
    pub(in crate::backend) async fn list_units_by_names(&self, names: &[UnitName]) -> Result<Vec<UnitInfo>> {
        let jobs = self.job_types().await?;
        let mut rows = Vec::with_capacity(names.len());
        for (unit, block) in names.iter().zip(self.show(names, &OF_A_ROW, "list").await?) {
            rows.push(row(&self.values(unit, &block?).await?, &jobs));
        }
        Ok(rows)
    }

    async fn job_types(&self) -> Result<Vec<(u64, String)>> {
        let jobs = self.systemctl(&["list-jobs", "--full", "--plain", "--no-legend"]).await?;
        jobs.check(&["ListJobs"]).map_err(|error| explained(error, "list units", None))?;
        Ok(job_types(jobs.text()?))
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
    let find = |name| crate::backend::find(values, name);
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
