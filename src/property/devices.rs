//! Values for devices and for networks.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::basics::split;
use crate::unit_file::numbers::size_in_steps;
use crate::value::Value;

const AF_INET: i64 = 2;
const AF_INET6: i64 = 10;

/// A device and what is allowed with it: all, where nothing is said.
pub(super) fn access(text: &str) -> Result<Value, String> {
    if text.is_empty() {
        return Ok(Value::List(Vec::new()));
    }
    let (path, access) = text.split_once(' ').unwrap_or((text, ""));
    let is_device = path.starts_with("/dev/") || path.starts_with("char-") || path.starts_with("block-");
    let access = access.trim();
    if !is_device || !access.chars().all(|letter| "rwm".contains(letter)) {
        return Err("give a device with what is allowed, such as \"/dev/null rwm\"".to_owned());
    }
    Ok(Value::List(vec![pair_of(path, access)]))
}

/// Two words.
pub(super) fn pair(text: &str) -> Result<Value, String> {
    if text.is_empty() {
        return Ok(Value::List(Vec::new()));
    }
    match text.split_once([' ', ':']) {
        Some((one, other)) => Ok(Value::List(vec![pair_of(one, other.trim())])),
        None => Err("give two words".to_owned()),
    }
}

fn pair_of(one: &str, other: &str) -> Value {
    Value::Tuple(vec![Value::Text(one.to_owned()), Value::Text(other.to_owned())])
}

/// A device, or what lies on it, with an amount.
pub(super) fn amounts(text: &str, read: impl Fn(&str) -> Result<u64, String>) -> Result<Value, String> {
    if text.is_empty() {
        return Ok(Value::List(Vec::new()));
    }
    match text.split_once(' ') {
        Some((path, amount)) if path.starts_with('/') => {
            let amount = Value::Unsigned(read(amount.trim())?);
            Ok(Value::List(vec![Value::Tuple(vec![Value::Text(path.to_owned()), amount])]))
        }
        _ => Err("give a device or a path with an amount, such as \"/dev/sda 5M\"".to_owned()),
    }
}

/// How much in each second: here `K` stands for 1000.
pub(super) fn bandwidth(text: &str) -> Result<u64, String> {
    if text == "infinity" {
        return Ok(u64::MAX);
    }
    size_in_steps(text, 1000)
        .filter(|found| *found > 0)
        .ok_or_else(|| "give an amount above 0, such as \"5M\", or \"infinity\"".to_owned())
}

/// Networks: each its family, its address, and how many bits of that count.
pub(super) fn addresses(text: &str) -> Result<Value, String> {
    let mut found = Vec::new();
    for word in split(text)? {
        match word.as_str() {
            "any" => found.extend([v4([0; 4], 0), v6(Ipv6Addr::UNSPECIFIED, 0)]),
            "localhost" => found.extend([v4([127, 0, 0, 0], 8), v6(Ipv6Addr::LOCALHOST, 128)]),
            "link-local" => {
                found.extend([v4([169, 254, 0, 0], 16), v6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 64)]);
            }
            "multicast" => {
                found.extend([v4([224, 0, 0, 0], 4), v6(Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8)]);
            }
            other => found.push(network(other).ok_or("give networks such as \"10.0.0.0/8\", or \"any\"")?),
        }
    }
    Ok(Value::List(found))
}

fn network(text: &str) -> Option<Value> {
    let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
    let address: IpAddr = address.parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let bits = bits.map_or(Some(most), |bits| bits.parse().ok()).filter(|bits| *bits <= most)?;
    Some(match address {
        IpAddr::V4(address) => v4(address.octets(), bits),
        IpAddr::V6(address) => v6(address, bits),
    })
}

fn v4(address: [u8; 4], bits: u64) -> Value {
    prefix(AF_INET, Ipv4Addr::from(address).octets().to_vec(), bits)
}

fn v6(address: Ipv6Addr, bits: u64) -> Value {
    prefix(AF_INET6, address.octets().to_vec(), bits)
}

fn prefix(family: i64, address: Vec<u8>, bits: u64) -> Value {
    Value::Tuple(vec![Value::Integer(family), Value::Bytes(address), Value::Unsigned(bits)])
}
