//! What a unit depends on, and what those units depend on: level by level, each level in one go.

use std::collections::{HashMap, HashSet};

use crate::backend::Backend;
use crate::client::{Asked, Step};
use crate::error::{Error, Result};
use crate::unit::{UnitName, dependency_properties};
use crate::value::Value;
use crate::verb::Repeat;

/// Which dependencies of a unit are told.
#[derive(Clone, Debug)]
pub struct GetUnitDependencies {
    unit: UnitName,
    properties: Vec<&'static str>,
    depth: Option<usize>,
}

/// What is known of one unit.
#[derive(Debug)]
struct Found {
    id: String,
    active_state: Value,
    /// The units that it depends on, by name, each with the properties that say so.
    next: Vec<(String, Vec<&'static str>)>,
}

impl GetUnitDependencies {
    /// Those of these kinds (what the unit needs, without any), or the reverse of them; `depth` levels of them.
    pub fn new(unit: UnitName, kinds: &[String], reverse: bool, depth: Option<usize>) -> Result<Self> {
        if depth == Some(0) {
            return Err(Error::config("depth is 0").with_hint("give a number of levels above 0"));
        }
        Ok(Self { unit, properties: dependency_properties(kinds, reverse)?, depth })
    }

    /// What is known of these units: nothing of those that are gone.
    async fn look(&self, backend: &Backend, units: &[UnitName]) -> Result<Vec<Option<Found>>> {
        let mut names = vec!["Id", "ActiveState"];
        names.extend(&self.properties);
        let found = backend.read_units_properties(units, &names).await?;
        Ok(found.into_iter().map(|values| values.map(|values| self.found(values))).collect())
    }

    fn found(&self, values: Vec<Value>) -> Found {
        let mut values = values.into_iter();
        let id = values.next().and_then(|id| id.as_text().map(str::to_owned)).unwrap_or_default();
        let active_state = values.next().unwrap_or(Value::Null);
        let mut next: Vec<(String, Vec<&'static str>)> = Vec::new();
        for (value, property) in values.zip(&self.properties) {
            for name in value.as_texts().unwrap_or_default() {
                match next.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, kinds)) => kinds.push(property),
                    None => next.push((name, vec![property])),
                }
            }
        }
        next.sort_unstable();
        Found { id, active_state, next }
    }

    /// All units that can be come to, within the depth.
    async fn graph(&self, backend: &Backend) -> Result<(String, HashMap<String, Found>)> {
        // It has to exist, and may be called by an alias.
        let [id] = backend.read_unit_properties(&self.unit, ["Id"]).await?;
        let root = id.as_text().unwrap_or_else(|| self.unit.as_str()).to_owned();
        let mut graph: HashMap<String, Found> = HashMap::new();
        let mut level = vec![root.clone()];
        let mut depth = 0;
        while !level.is_empty() && self.depth.is_none_or(|most| depth <= most) {
            let units: Vec<UnitName> = level.iter().filter_map(|name| name.parse().ok()).collect();
            let found = self.look(backend, &units).await?;
            let mut next = HashSet::new();
            for (unit, found) in units.iter().zip(found) {
                let Some(found) = found else { continue };
                next.extend(found.next.iter().map(|(name, _)| name.clone()));
                graph.insert(unit.as_str().to_owned(), found);
            }
            level = next.into_iter().filter(|name| !graph.contains_key(name)).collect();
            level.sort_unstable();
            depth += 1;
        }
        Ok((root, graph))
    }
}

impl Asked for GetUnitDependencies {
    fn what(&self) -> String {
        format!("dependencies of {}", self.unit)
    }

    fn unit(&self) -> Option<UnitName> {
        Some(self.unit.clone())
    }

    fn repeat(&self) -> Repeat {
        Repeat::Always
    }
}

impl Step for GetUnitDependencies {
    /// The unit with what it depends on: name, active state, kinds, whether it stands elsewhere with its own, and those.
    type Answer = Value;

    async fn over(&self, backend: &Backend) -> Result<Value> {
        let (root, graph) = self.graph(backend).await?;
        let levels = levels(&root, &graph);
        let mut tree = Tree { graph: &graph, levels, depth: self.depth.unwrap_or(usize::MAX) };
        Ok(tree.node(&root, &[], 0))
    }
}

/// On which level each unit is met first.
fn levels<'a>(root: &'a str, graph: &'a HashMap<String, Found>) -> HashMap<&'a str, usize> {
    let mut levels = HashMap::from([(root, 0)]);
    let mut level = vec![root];
    while !level.is_empty() {
        let mut next = Vec::new();
        for (name, _) in level.iter().filter_map(|name| graph.get(*name)).flat_map(|found| &found.next) {
            if !levels.contains_key(name.as_str()) {
                next.push(name.as_str());
                levels.insert(name, levels[level[0]] + 1);
            }
        }
        level = next;
    }
    levels
}

/// Draws a graph as a tree: each unit stands with its own dependencies once, where it is met first, so that circles have an end.
struct Tree<'a> {
    graph: &'a HashMap<String, Found>,
    /// The levels of the units that have not been drawn yet.
    levels: HashMap<&'a str, usize>,
    depth: usize,
}

impl<'a> Tree<'a> {
    fn node(&mut self, name: &str, kinds: &[&'static str], level: usize) -> Value {
        let found = self.graph.get(name);
        let is_here = self.levels.get(name) == Some(&level);
        if is_here {
            self.levels.remove(name);
        }
        let all: &'a [(String, Vec<&'static str>)] = found.map(|found| &found.next[..]).unwrap_or_default();
        let next = if is_here && level < self.depth { all } else { &[] };
        let inner = next.iter().map(|(name, kinds)| self.node(name, kinds, level + 1)).collect();
        let text = |text: &str| Value::Text(text.to_owned());
        Value::Tuple(vec![
            text(found.map_or(name, |found| &found.id)),
            found.map_or(Value::Null, |found| found.active_state.clone()),
            Value::List(kinds.iter().map(|kind| text(kind)).collect()),
            Value::Boolean(!is_here && !all.is_empty()),
            Value::List(inner),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(edges: &[(&str, &[&str])]) -> HashMap<String, Found> {
        let found = |&(id, next): &(&str, &[&str])| {
            let next = next.iter().map(|&name| (name.to_owned(), vec!["Wants"])).collect();
            (id.to_owned(), Found { id: id.to_owned(), active_state: Value::Null, next })
        };
        edges.iter().map(found).collect()
    }

    fn drawn(node: &Value) -> String {
        let Value::Tuple(fields) = node else { panic!("{node:?}") };
        let [id, _, _, repeated, Value::List(inner)] = &fields[..] else { panic!("{node:?}") };
        let mark = if *repeated == Value::Boolean(true) { "^" } else { "" };
        let inner: Vec<_> = inner.iter().map(drawn).collect();
        let inner = if inner.is_empty() { String::new() } else { format!("({})", inner.join(" ")) };
        format!("{}{mark}{inner}", id.as_text().unwrap())
    }

    #[test]
    fn each_unit_stands_once_with_its_own() {
        let graph =
            graph(&[("a", &["b", "c"]), ("b", &["d"]), ("c", &["a", "b"]), ("d", &["c", "e"]), ("e", &[])]);
        for (depth, expected) in
            [(usize::MAX, "a(b(d(c^ e)) c(a^ b^))"), (2, "a(b(d) c(a^ b^))"), (1, "a(b c)")]
        {
            let mut tree = Tree { graph: &graph, levels: levels("a", &graph), depth };
            assert_eq!(drawn(&tree.node("a", &[], 0)), expected);
        }
    }
}
