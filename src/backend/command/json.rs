//! The JSON of `busctl --json=short call`, decoded by D-Bus signature into the same values as the messages
//! themselves.

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value as Json;

use crate::backend::Properties;
use crate::bus::answer::malformed;
use crate::bus::decode::complete_type;
use crate::error::Result;
use crate::unit::UnitInfo;
use crate::value::{Value, means_unset, means_unset_signed};

/// A value with its signature.
#[derive(Deserialize)]
struct Variant {
    #[serde(rename = "type")]
    signature: String,
    data: Json,
}

/// An answer of one argument.
#[derive(Deserialize)]
struct Answer<T> {
    data: (T,),
}

/// The members of an object, in their order, twice the same name included.
struct Members(Vec<(String, Variant)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Members;
            fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str("properties")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::with_capacity(256);
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// The answer of `Properties.GetAll`.
pub(super) fn properties(json: &[u8]) -> Result<Properties> {
    let answer: Answer<Members> = serde_json::from_slice(json).map_err(|error| malformed(&error))?;
    let (members,) = answer.data;
    members.0.into_iter().map(|(name, variant)| Ok((name.clone(), property(&name, &variant)?))).collect()
}

fn property(name: &str, variant: &Variant) -> Result<Value> {
    let value = decode(&variant.signature, &variant.data)?;
    match value {
        Value::Unsigned(number) if means_unset(name, &variant.signature, number) => Ok(Value::Null),
        Value::Integer(number) if means_unset_signed(name, &variant.signature, number) => Ok(Value::Null),
        value => Ok(value),
    }
}

/// An answer of this signature: none is null, one complete type is its value, several are a tuple.
pub(super) fn answer(json: &[u8], signature: &str) -> Result<Value> {
    #[derive(Deserialize)]
    struct Any {
        data: Vec<Json>,
    }
    if signature.is_empty() {
        return Ok(Value::Null);
    }
    let Any { data } = serde_json::from_slice(json).map_err(|error| malformed(&error))?;
    match (complete_type(signature.as_bytes(), 0)? == signature.len(), &data[..]) {
        (true, [json]) => decode(signature, json),
        _ => tuple(&format!("({signature})"), &data),
    }
}

/// The answer of `GetUnit`.
pub(super) fn path(json: &[u8]) -> Result<String> {
    let answer: Answer<String> = serde_json::from_slice(json).map_err(|error| malformed(&error))?;
    Ok(answer.data.0)
}

/// The answer of `ListUnitsByPatterns`.
pub(super) fn units(json: &[u8]) -> Result<Vec<UnitInfo>> {
    type Row = (String, String, String, String, String, String, String, u32, String, String);
    let answer: Answer<Vec<Row>> = serde_json::from_slice(json).map_err(|error| malformed(&error))?;
    let optional = |text: String| Some(text).filter(|text| !text.is_empty());
    let unit = |row: Row| UnitInfo {
        name: row.0,
        description: row.1,
        load_state: row.2,
        active_state: row.3,
        sub_state: row.4,
        followed: optional(row.5),
        job_id: Some(row.7).filter(|&id| id != 0),
        job_type: optional(row.8),
    };
    Ok(answer.data.0.into_iter().map(unit).collect())
}

/// One value of this signature.
fn decode(signature: &str, json: &Json) -> Result<Value> {
    let wrong = || malformed(&format!("{json} is no {signature}"));
    let value = match signature.as_bytes().first().copied().unwrap_or_default() {
        b's' | b'o' | b'g' => json.as_str().map(|text| Value::Text(text.to_owned())),
        b'b' => json.as_bool().map(Value::Boolean),
        b'n' | b'i' | b'x' => json.as_i64().map(Value::Integer),
        b'y' | b'q' | b'u' | b't' | b'h' => json.as_u64().map(Value::Unsigned),
        // JSON has no NaN and no infinity; systemd writes null for them.
        b'd' => json.as_f64().or_else(|| json.is_null().then_some(f64::NAN)).map(Value::Double),
        b'v' => {
            let variant = Variant::deserialize(json).map_err(|error| malformed(&error))?;
            return decode(&variant.signature, &variant.data);
        }
        b'(' => return tuple(signature, json.as_array().ok_or_else(wrong)?),
        b'a' => return array(&signature[1..], json),
        _ => None,
    };
    value.ok_or_else(wrong)
}

fn tuple(signature: &str, items: &[Json]) -> Result<Value> {
    let mut values = Vec::with_capacity(items.len());
    let mut index = 1;
    for item in items {
        let end = complete_type(signature.as_bytes(), index)?;
        values.push(decode(&signature[index..end], item)?);
        index = end;
    }
    if signature.as_bytes().get(index) == Some(&b')') {
        Ok(Value::Tuple(values))
    } else {
        Err(malformed(&format!("{} values for {signature}", items.len())))
    }
}

fn array(element: &str, json: &Json) -> Result<Value> {
    let wrong = || malformed(&format!("{json} is no a{element}"));
    if let Some(entry) = element.strip_prefix('{') {
        return dict(entry, json.as_object().ok_or_else(wrong)?);
    }
    let items = json.as_array().ok_or_else(wrong)?;
    if element == "y" {
        let byte = |item: &Json| item.as_u64().and_then(|number| u8::try_from(number).ok());
        let bytes: Option<Vec<u8>> = items.iter().map(byte).collect();
        return bytes.map(Value::Bytes).ok_or_else(wrong);
    }
    let values: Result<Vec<_>> = items.iter().map(|item| decode(element, item)).collect();
    values.map(Value::List)
}

/// A dictionary; JSON has its keys as strings whatever their type is.
fn dict(entry: &str, members: &serde_json::Map<String, Json>) -> Result<Value> {
    let Some((key_type, value_type)) = entry.strip_suffix('}').and_then(|entry| entry.split_at_checked(1))
    else {
        return Err(malformed(&format!("a dictionary of {entry:?}")));
    };
    let key = |text: &str| match key_type {
        "s" | "o" | "g" => Ok(Value::Text(text.to_owned())),
        _ => decode(key_type, &serde_json::from_str(text).map_err(|error| malformed(&error))?),
    };
    let entries: Result<Vec<_>> =
        members.iter().map(|(name, value)| Ok((key(name)?, decode(value_type, value)?))).collect();
    entries.map(Value::Dict)
}

#[cfg(test)]
mod tests;
