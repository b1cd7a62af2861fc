//! The kinds of dependencies between units: properties, each with the one that it is from the other unit's side.

use crate::error::{Error, Result};
use crate::near::nearest;

/// Each kind and its reverse.
const KINDS: [(&str, &str); 13] = [
    ("Requires", "RequiredBy"),
    ("Requisite", "RequisiteOf"),
    ("Wants", "WantedBy"),
    ("BindsTo", "BoundBy"),
    ("ConsistsOf", "PartOf"),
    ("Upholds", "UpheldBy"),
    ("Conflicts", "ConflictedBy"),
    ("Before", "After"),
    ("OnFailure", "OnFailureOf"),
    ("OnSuccess", "OnSuccessOf"),
    ("Triggers", "TriggeredBy"),
    ("PropagatesReloadTo", "ReloadPropagatedFrom"),
    ("PropagatesStopTo", "StopPropagatedFrom"),
];

/// What a unit needs, as `systemctl list-dependencies` shows it.
const NEEDS: [&str; 6] = ["Requires", "Requisite", "Wants", "ConsistsOf", "BindsTo", "Upholds"];

/// The properties of these kinds (what a unit needs, without any), or of their reverses.
pub(crate) fn dependency_properties(kinds: &[String], reverse: bool) -> Result<Vec<&'static str>> {
    let kinds: Vec<&str> =
        if kinds.is_empty() { NEEDS.to_vec() } else { kinds.iter().map(String::as_str).collect() };
    let mut properties = Vec::with_capacity(kinds.len());
    for kind in kinds {
        let property = property(kind, reverse).ok_or_else(|| unknown(kind))?;
        if !properties.contains(&property) {
            properties.push(property);
        }
    }
    Ok(properties)
}

fn property(kind: &str, reverse: bool) -> Option<&'static str> {
    KINDS.iter().find_map(|&(one, other)| match (kind == one, kind == other) {
        (true, _) => Some(if reverse { other } else { one }),
        (_, true) => Some(if reverse { one } else { other }),
        (false, false) => None,
    })
}

fn unknown(kind: &str) -> Error {
    let known = KINDS.iter().flat_map(|&(one, other)| [one, other]);
    let error = Error::config(format!("there is no kind of dependency {kind:?}"));
    match nearest(kind, known.clone()) {
        Some(meant) => error.with_hint(format!("did you mean {meant:?}?")),
        None => error.with_hint(format!("the kinds are {}", known.collect::<Vec<_>>().join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unit::properties;

    #[test]
    fn kinds_and_their_reverses() {
        let of = |kinds: &[&str], reverse| {
            dependency_properties(&kinds.iter().map(|&kind| kind.to_owned()).collect::<Vec<_>>(), reverse)
        };
        assert_eq!(of(&["Wants", "PartOf", "Wants"], false).unwrap(), ["Wants", "PartOf"]);
        assert_eq!(of(&["Wants", "PartOf"], true).unwrap(), ["WantedBy", "ConsistsOf"]);
        assert_eq!(of(&[], true).unwrap().len(), NEEDS.len());
        let error = of(&["Want"], false).unwrap_err();
        assert!(error.facts().hint.as_ref().unwrap().to_string().contains("\"Wants\""), "{error}");
        for (one, other) in KINDS {
            assert_eq!([one, other].map(properties::signature), [Some("as"); 2], "{one} {other}");
        }
    }
}
