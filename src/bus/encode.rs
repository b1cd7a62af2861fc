//! Values as bytes of a message, by their D-Bus signature: the mirror of [`decode`](super::decode).

use super::decode::{alignment, complete_type};
use crate::error::{Error, Result};
use crate::value::{Descriptor, Value};

/// The body of a message: its bytes, and the descriptors that the bytes name by their places.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The descriptors.
    pub descriptors: Vec<Descriptor>,
}

/// Appends a value of this signature, one complete type, to a body.
pub fn encode(signature: &[u8], value: &Value, body: &mut Body) -> Result<()> {
    let out = &mut body.bytes;
    let code = signature.first().copied().unwrap_or_default();
    match (code, value) {
        (b'y', _) => whole::<u8, 1>(value, u8::to_le_bytes, out),
        (b'n', _) => whole::<i16, 2>(value, i16::to_le_bytes, out),
        (b'q', _) => whole::<u16, 2>(value, u16::to_le_bytes, out),
        (b'i', _) => whole::<i32, 4>(value, i32::to_le_bytes, out),
        (b'u', _) => whole::<u32, 4>(value, u32::to_le_bytes, out),
        (b'x', _) => whole::<i64, 8>(value, i64::to_le_bytes, out),
        (b't', _) => whole::<u64, 8>(value, u64::to_le_bytes, out),
        (b'b', Value::Boolean(value)) => {
            put(u32::from(*value).to_le_bytes(), out);
            Ok(())
        }
        (b'd', Value::Double(value)) => {
            put(value.to_le_bytes(), out);
            Ok(())
        }
        (b's' | b'o', Value::Text(text)) => put_text(text, out),
        (b'g', Value::Text(signature)) => put_signature(signature, out),
        (b'h', Value::Descriptor(descriptor)) => {
            put(length_of(body.descriptors.len())?.to_le_bytes(), out);
            body.descriptors.push(descriptor.clone());
            Ok(())
        }
        (b'v', Value::Variant(inner, value)) => {
            if end_of(inner.as_bytes(), 0)? != inner.len() {
                return Err(wrong(signature));
            }
            put_signature(inner, out)?;
            encode(inner.as_bytes(), value, body)
        }
        (b'(', Value::Tuple(fields)) => structure(signature, fields, body),
        (b'a', _) => array(&signature[1..], value, body),
        _ => Err(wrong(signature)),
    }
}

/// Appends a string.
pub(super) fn put_text(text: &str, out: &mut Vec<u8>) -> Result<()> {
    if text.contains('\0') {
        return Err(Error::config(format!("{text:?} contains a zero byte"))
            .with_hint("D-Bus strings cannot carry one; remove it"));
    }
    put(length_of(text.len())?.to_le_bytes(), out);
    out.extend(text.as_bytes());
    out.push(0);
    Ok(())
}

/// The length of a part of a message.
pub(super) fn length_of(length: usize) -> Result<u32> {
    u32::try_from(length).ok().filter(|&length| length < 1 << 27).ok_or_else(too_long)
}

pub(super) fn too_long() -> Error {
    Error::config("an argument is longer than a D-Bus message can be (128 MiB)")
}

fn put<const N: usize>(bytes: [u8; N], out: &mut Vec<u8>) {
    pad(out, N);
    out.extend(bytes);
}

fn pad(out: &mut Vec<u8>, alignment: usize) {
    out.resize(out.len().next_multiple_of(alignment), 0);
}

/// A whole number, if it fits.
fn whole<T, const N: usize>(value: &Value, bytes: fn(T) -> [u8; N], out: &mut Vec<u8>) -> Result<()>
where
    T: TryFrom<u64> + TryFrom<i64>,
{
    let number = match value {
        Value::Unsigned(number) => T::try_from(*number).ok(),
        Value::Integer(number) => T::try_from(*number).ok(),
        _ => return Err(Error::config("a whole number is wanted")),
    };
    let number = number
        .ok_or_else(|| Error::config(format!("the number is out of range: {} bits are sent", 8 * N)))?;
    put(bytes(number), out);
    Ok(())
}

fn put_signature(signature: &str, out: &mut Vec<u8>) -> Result<()> {
    out.push(u8::try_from(signature.len()).map_err(|_| too_long())?);
    out.extend(signature.as_bytes());
    out.push(0);
    Ok(())
}

fn structure(signature: &[u8], fields: &[Value], body: &mut Body) -> Result<()> {
    pad(&mut body.bytes, 8);
    let mut begin = 1;
    for field in fields {
        let end = end_of(signature, begin)?;
        encode(&signature[begin..end], field, body)?;
        begin = end;
    }
    if signature.get(begin..) == Some(b")") { Ok(()) } else { Err(wrong(signature)) }
}

fn array(element: &[u8], value: &Value, body: &mut Body) -> Result<()> {
    put([0; 4], &mut body.bytes);
    let length_at = body.bytes.len() - 4;
    pad(&mut body.bytes, alignment(element.first().copied().unwrap_or_default()));
    let begin = body.bytes.len();
    match (element.first(), value) {
        (Some(b'y'), Value::Bytes(bytes)) => body.bytes.extend(bytes),
        (Some(b'{'), Value::Dict(entries)) => {
            let value_at = end_of(element, 1)?;
            for (key, value) in entries {
                pad(&mut body.bytes, 8);
                encode(&element[1..value_at], key, body)?;
                encode(&element[value_at..element.len() - 1], value, body)?;
            }
        }
        (Some(code), Value::List(items)) if *code != b'{' => {
            for item in items {
                encode(element, item, body)?;
            }
        }
        _ => return Err(wrong(element)),
    }
    let length = length_of(body.bytes.len() - begin)?;
    body.bytes[length_at..length_at + 4].copy_from_slice(&length.to_le_bytes());
    Ok(())
}

/// Where the complete type ends that begins here.
fn end_of(signature: &[u8], begin: usize) -> Result<usize> {
    complete_type(signature, begin).map_err(|_| wrong(signature))
}

fn wrong(signature: &[u8]) -> Error {
    Error::config(format!("a value of another type than {:?}", String::from_utf8_lossy(signature)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_refused() {
        let text = |text: &str| Value::Text(text.to_owned());
        for (signature, value) in [
            ("y", Value::Unsigned(256)),
            ("u", Value::Integer(-1)),
            ("i", Value::Unsigned(1 << 31)),
            ("x", Value::Unsigned(u64::MAX)),
            ("u", text("5")),
            ("b", Value::Unsigned(1)),
            ("s", Value::Null),
            ("h", Value::Unsigned(0)),
            ("s", text("a\0b")),
            ("as", text("a")),
            ("ay", Value::List(vec![text("a")])),
            ("(su)", Value::Tuple(vec![text("a")])),
            ("(s)", Value::Tuple(vec![text("a"), text("b")])),
            ("v", text("a")),
            ("v", Value::Variant("us".into(), Box::new(Value::Unsigned(1)))),
            ("a{sv}", Value::List(Vec::new())),
            ("z", Value::Null),
            ("", Value::Null),
        ] {
            let error = encode(signature.as_bytes(), &value, &mut Body::default()).unwrap_err();
            assert_eq!(error.kind(), crate::error::Kind::Config, "{signature} {value:?}: {error}");
        }
    }
}
