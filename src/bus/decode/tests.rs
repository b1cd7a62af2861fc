use std::collections::HashMap;
use std::time::Instant;

use proptest::prelude::*;
use zbus::wire::serialized::Context;
use zbus::wire::{Array, Dict, Endian, ObjectPath, Signature, StructureBuilder, Variant, to_bytes};

use super::*;
use crate::bus::encode::{Body, encode};
use crate::error::Kind;
use crate::flow::limit::Limit;
use crate::value::Value;

/// A type that can stand in a signature.
fn types() -> impl Strategy<Value = String> {
    let basic = proptest::sample::select(vec!["y", "b", "n", "q", "i", "u", "x", "t", "d", "s", "o", "g"]);
    let leaf = prop_oneof![9 => basic.clone().prop_map(str::to_owned), 1 => Just("v".to_owned())];
    leaf.prop_recursive(4, 16, 4, move |inner| {
        prop_oneof![
            inner.clone().prop_map(|element| format!("a{element}")),
            (basic.clone(), inner.clone()).prop_map(|(key, value)| format!("a{{{key}{value}}}")),
            proptest::collection::vec(inner, 1..4).prop_map(|fields| format!("({})", fields.concat())),
        ]
    })
}

/// A value as it is read: a variant's is its value alone.
fn read(value: Value) -> Value {
    match value {
        Value::Variant(_, value) => read(*value),
        Value::List(items) => Value::List(items.into_iter().map(read).collect()),
        Value::Tuple(fields) => Value::Tuple(fields.into_iter().map(read).collect()),
        Value::Dict(entries) => {
            Value::Dict(entries.into_iter().map(|(key, value)| (read(key), read(value))).collect())
        }
        plain => plain,
    }
}

/// A value of that type, once as zbus writes it and once as it must be written here.
struct Maker {
    random: proptest::test_runner::TestRng,
}

impl Maker {
    fn number(&mut self) -> u64 {
        // Small and extreme numbers are the interesting ones.
        let number = self.random.next_u64();
        match number % 5 {
            0 => 0,
            1 => u64::MAX,
            2 => number % 300,
            _ => number,
        }
    }

    fn word(&mut self) -> String {
        ["", "a", "Zürich", "nginx.service", "0123456789abcdef"][(self.number() % 5) as usize].to_owned()
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "any bits will do")]
    fn make(&mut self, signature: &str) -> (Variant<'static>, Value) {
        let number = self.number();
        match signature.as_bytes()[0] {
            b'y' => (Variant::U8(number as u8), Value::Unsigned(number & 0xff)),
            b'b' => (Variant::Bool(number % 2 == 1), Value::Boolean(number % 2 == 1)),
            b'n' => (Variant::I16(number as i16), Value::Integer((number as i16).into())),
            b'q' => (Variant::U16(number as u16), Value::Unsigned(number & 0xffff)),
            b'i' => (Variant::I32(number as i32), Value::Integer((number as i32).into())),
            b'u' => (Variant::U32(number as u32), Value::Unsigned(number & 0xffff_ffff)),
            b'x' => (Variant::I64(number as i64), Value::Integer(number as i64)),
            b't' => (Variant::U64(number), Value::Unsigned(number)),
            b'd' => {
                let number = f64::from(number as i32) / 8.0;
                (Variant::F64(number), Value::Double(number))
            }
            b's' => {
                let word = self.word();
                (Variant::Str(word.clone().into()), Value::Text(word))
            }
            b'o' => {
                let path = format!("/a{}", number % 1000);
                (Variant::ObjectPath(ObjectPath::try_from(path.clone()).unwrap()), Value::Text(path))
            }
            b'g' => {
                let text = ["a{sv}", "u", "(sss)", "aay"][(number % 4) as usize];
                (Variant::Signature(text.try_into().unwrap()), Value::Text(text.to_owned()))
            }
            b'v' => {
                let signature = ["u", "as", "(yt)", "a{sv}", "v"][(number % 5) as usize];
                let (inner, value) = self.make(signature);
                (Variant::Variant(Box::new(inner)), Value::Variant(signature.into(), Box::new(value)))
            }
            b'(' => self.structure(signature),
            b'a' if signature.as_bytes()[1] == b'{' => self.dict(signature),
            b'a' => self.array(signature),
            other => panic!("{other}"),
        }
    }

    fn structure(&mut self, signature: &str) -> (Variant<'static>, Value) {
        let mut builder = StructureBuilder::new();
        let mut values = Vec::new();
        let mut at = 1;
        while signature.as_bytes()[at] != b')' {
            let end = complete_type(signature.as_bytes(), at).unwrap();
            let (field, value) = self.make(&signature[at..end]);
            builder = builder.append_field(field);
            values.push(value);
            at = end;
        }
        (Variant::Structure(builder.build().unwrap()), Value::Tuple(values))
    }

    fn array(&mut self, signature: &str) -> (Variant<'static>, Value) {
        let element = &signature[1..];
        let mut array = Array::new(&Signature::try_from(element).unwrap());
        let mut values = Vec::new();
        for _ in 0..self.number() % 4 {
            let (item, value) = self.make(element);
            array.append(item).unwrap();
            values.push(value);
        }
        if element == "y" {
            let bytes = values.iter().map(|value| u8::try_from(value.as_unsigned().unwrap()).unwrap());
            return (Variant::Array(array), Value::Bytes(bytes.collect()));
        }
        (Variant::Array(array), Value::List(values))
    }

    fn dict(&mut self, signature: &str) -> (Variant<'static>, Value) {
        let key_end = complete_type(signature.as_bytes(), 2).unwrap();
        let (key, value) = (&signature[2..key_end], &signature[key_end..signature.len() - 1]);
        let mut dict = Dict::new(&key.try_into().unwrap(), &value.try_into().unwrap());
        let mut entries = Vec::new();
        // zbus sorts by key and keeps one of each, so one entry says it all; more come in the table below.
        if !self.number().is_multiple_of(3) {
            let (written_key, read_key) = self.make(key);
            let (written_value, read_value) = self.make(value);
            dict.append(written_key, written_value).unwrap();
            entries.push((read_key, read_value));
        }
        (Variant::Dict(dict), Value::Dict(entries))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    /// What zbus writes is read as it was; cut or changed bytes are an error or another value, never a panic.
    #[test]
    fn what_zbus_writes_is_read(
        signature in types(), seed: [u8; 32], big_endian: bool,
        cut in 0_usize..200, flips in proptest::collection::vec((0_usize..200, any::<u8>()), 1..4),
    ) {
        let algorithm = proptest::test_runner::RngAlgorithm::ChaCha;
        let random = proptest::test_runner::TestRng::from_seed(algorithm, &seed);
        let (written, expected) = Maker { random }.make(&signature);
        let endian = if big_endian { Endian::Big } else { Endian::Little };
        // As a variant, which carries its signature along.
        let data = to_bytes(Context::new(endian, 0), &written).unwrap();
        let bytes = data.bytes();
        let value = Value::Variant(signature.clone().into(), Box::new(expected.clone()));
        let mut body = Body::default();
        encode(b"v", &value, &mut body).unwrap();
        let ours = body.bytes;
        if !big_endian {
            prop_assert_eq!(&ours, bytes);
        }
        prop_assert_eq!(decode(&ours, true, "v", &Values).unwrap(), read(value));
        prop_assert_eq!(decode(bytes, !big_endian, "v", &Values).unwrap(), read(expected));
        let mut reader = Reader::over(bytes, !big_endian);
        reader.skip(b"v", 0).unwrap();
        prop_assert_eq!(reader.position, bytes.len());
        if cut < bytes.len() {
            prop_assert!(decode(&bytes[..cut], !big_endian, "v", &Values).is_err());
        }
        let mut changed = bytes.to_vec();
        for (at, value) in flips {
            if let Some(byte) = changed.get_mut(at) {
                *byte ^= value;
            }
        }
        let mut input = vec![u8::from(big_endian), 1, b'v'];
        input.extend(changed);
        crate::bus::fuzz::decode(&input);
    }

    /// Any bytes as any type.
    #[test]
    fn any_bytes_are_survived(
        signature in "[ybnqiuxtdsogvha(){}]{0,12}", body in proptest::collection::vec(0_u8..12, 0..80),
        flags: u8,
    ) {
        let mut input = vec![flags, u8::try_from(signature.len()).unwrap()];
        input.extend(signature.bytes());
        input.extend(body);
        crate::bus::fuzz::decode(&input);
    }
}

/// Bodies that break the rules, each in one way.
#[test]
fn broken_bodies_are_refused() {
    let long = "a".repeat(255);
    let deep = format!("{}y{}", "(".repeat(70), ")".repeat(70));
    let table: &[(&str, &[u8])] = &[
        ("", b""),
        ("uu", &[0; 8]),
        ("()", &[0; 8]),
        ("a()", &[8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        ("a{s}", &[0; 8]),
        ("a{svs}", &[0; 8]),
        ("a{sv)", &[0; 8]),
        ("{sv}", &[0; 16]),
        ("(s}", &[0; 16]),
        ("(a)", &[0; 16]),
        ("a", &[0; 16]),
        (&long, &[0; 16]),
        (&deep, &[0; 16]),
        ("z", &[0; 16]),
        // A string without its end, with a zero byte within, that is not UTF-8; a truth value of 2.
        ("s", b"\x01\0\0\0ab"),
        ("s", b"\x03\0\0\0a\0b\0"),
        ("s", b"\x01\0\0\0\xff\0"),
        ("b", &[2, 0, 0, 0]),
        // An array whose last element, and one whose last entry, goes beyond its end.
        ("au", &[5, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0]),
        ("(a{yu}u)", &[9, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0]),
        // A length that is longer than the body, and one that would overflow.
        ("ay", &[9, 0, 0, 0, 1]),
        ("ay", &[255; 8]),
        // Variants of no type, of two types, and of one that does not end.
        ("v", &[0, 0, 0, 0]),
        ("v", b"\x02yy\0aa"),
        ("v", b"\x01a\0\0\0\0\0\0"),
    ];
    for (signature, body) in table {
        let result = decode(body, true, signature, &Values);
        assert!(result.is_err(), "{signature:?} {body:?}: {result:?}");
    }
    let variants = b"\x01v\0".repeat(70);
    assert!(decode(&variants, true, "v", &Values).is_err());
}

/// Rows come in systemd's order, from both kinds of machine; rows that are cut off are an error, and the last.
#[test]
fn units_are_read_row_by_row() {
    let path = ObjectPath::try_from("/").unwrap();
    let unit = |name, job| (name, "Some text", "loaded", "active", "running", "", &path, job, "start", &path);
    for endian in [Endian::Little, Endian::Big] {
        let call = Message::method_call("/", "ListUnits").build(&()).unwrap();
        let reply = Message::method_return(&call.header()).endian(endian);
        let reply = reply.build(&vec![unit("b.service", 7_u32), unit("\u{e4}.service", 0)]).unwrap();
        let body = reply.body();
        let bytes = body.data().bytes();
        let rows = unit_rows(&reply, bytes).unwrap().map(Result::unwrap);
        let found: Vec<_> =
            rows.map(|row| (row.name.text().unwrap(), row.job_id, row.job_type.text().unwrap())).collect();
        assert_eq!(found, [("b.service", 7, "start"), ("\u{e4}.service", 0, "start")]);
        for length in 0..bytes.len() {
            assert!(unit_rows(&reply, &bytes[..length]).is_err(), "{length}");
        }
        let mut endless = bytes.to_vec();
        let behind_name = 8 + 4 + "b.service".len();
        assert_eq!(std::mem::replace(&mut endless[behind_name], b'!'), 0);
        assert!(unit_rows(&reply, &endless).unwrap().next().unwrap().is_err());
        // The array says that it ends within the second row, at each place where it could.
        for shorter in 1..8_u32 {
            let mut bytes = bytes.to_vec();
            let length = match endian {
                Endian::Little => u32::from_le_bytes(bytes[..4].try_into().unwrap()),
                Endian::Big => u32::from_be_bytes(bytes[..4].try_into().unwrap()),
            } - shorter;
            bytes[..4].copy_from_slice(&match endian {
                Endian::Little => length.to_le_bytes(),
                Endian::Big => length.to_be_bytes(),
            });
            let rows: Vec<_> = unit_rows(&reply, &bytes).unwrap().collect();
            assert_eq!(rows.len(), 2);
            assert!(rows[0].is_ok() && rows[1].is_err(), "{shorter}");
        }
    }
}

/// Bytes that are no text are refused where the text is wanted.
#[test]
fn a_row_keeps_what_is_no_text_to_itself() {
    assert_eq!(RowText("\u{e4}".as_bytes()).text().unwrap(), "\u{e4}");
    assert!(RowText(b"\xe4").text().is_err());
    assert!(RowText(b"a\0b").text().is_err());
}

proptest! {
    /// The quick order of names is the plain one.
    #[test]
    fn names_have_the_order_of_their_characters(
        begin in "[a-z]{0,20}", one in "\\PC{0,20}", other in "\\PC{0,20}"
    ) {
        let (one, other) = (format!("{begin}{one}"), format!("{begin}{other}"));
        prop_assert_eq!(by_name(one.as_bytes(), other.as_bytes()), one.cmp(&other));
    }
}

/// `GetAll` and `Get`, with what is not set, from both kinds of machine.
#[test]
fn properties_are_read_in_their_order() {
    for endian in [Endian::Little, Endian::Big] {
        let properties: HashMap<&str, Variant<'_>> = HashMap::from([
            ("Id", "a.service".into()),
            ("MemoryCurrent", u64::MAX.into()),
            ("ExecMainStartTimestamp", 0_u64.into()),
            ("NRestarts", 0_u32.into()),
            ("UID", u32::MAX.into()),
            ("Mark", (-1_i32).into()),
            ("Nice", (-1_i32).into()),
            ("Names", vec!["a.service", "b.service"].into()),
        ]);
        let call = Message::method_call("/", "GetAll").build(&()).unwrap();
        let reply = || Message::method_return(&call.header()).endian(endian);
        let mut found = super::properties(&reply().build(&properties).unwrap(), &Values).unwrap();
        found.sort_by(|(one, _), (other, _)| one.cmp(other));
        let text = |text: &str| Value::Text(text.to_owned());
        let expected = [
            ("ExecMainStartTimestamp", Value::Null),
            ("Id", text("a.service")),
            ("Mark", Value::Null),
            ("MemoryCurrent", Value::Null),
            ("NRestarts", Value::Unsigned(0)),
            ("Names", Value::List(vec![text("a.service"), text("b.service")])),
            ("Nice", Value::Integer(-1)),
            ("UID", Value::Null),
        ]
        .map(|(name, value)| (name.to_owned(), value));
        assert_eq!(found, expected);
        let all = reply().build(&properties).unwrap();
        let mut wanted = wanted_properties(&all, &["UID", "Id", "Absent"], &Values).unwrap();
        wanted.sort_by_key(|(name, _)| *name);
        assert_eq!(wanted, [("Id", text("a.service")), ("UID", Value::Null)]);
        assert_eq!(wanted_properties(&all, &["Id"], &Values).unwrap(), [("Id", text("a.service"))]);
        let single = reply().build(&Variant::U64(u64::MAX)).unwrap();
        assert_eq!(property(&single, "MemoryCurrent", &Values).unwrap(), Value::Null);
        let zero = reply().build(&Variant::U64(0)).unwrap();
        assert_eq!(property(&zero, "MemoryCurrent", &Values).unwrap(), Value::Unsigned(0));
        assert_eq!(property(&zero, "ActiveEnterTimestamp", &Values).unwrap(), Value::Null);
        let wrong = reply().build(&"text").unwrap();
        assert!(property(&wrong, "MemoryCurrent", &Values).is_err());
        assert!(super::properties(&wrong, &Values).is_err());
    }
}

#[test]
fn of_a_change_only_what_is_wanted_is_decoded() {
    let values: HashMap<&str, Variant<'_>> = HashMap::from([
        ("ActiveState", "active".into()),
        ("MemoryMax", u64::MAX.into()),
        ("After", vec!["a.target", "b.target"].into()),
        ("Job", (0_u32, "/").into()),
    ]);
    let wanted = ["MemoryMax", "ExecStart", "ActiveState", "ExecStop", "Id"];
    for endian in [Endian::Little, Endian::Big] {
        let signal = || Message::signal("/a", "a.B", "PropertiesChanged").endian(endian);
        let message =
            signal().build(&("a.Unit", &values, ["ExecStop", "Conditions", "ExecStart"].as_slice())).unwrap();
        let mut found = wanted_changes(&message, &wanted, &Values).unwrap();
        found.changed.sort_by_key(|(place, _)| *place);
        assert_eq!(found.interface, "a.Unit");
        assert_eq!(found.changed, [(0, Value::Null), (2, Value::Text("active".to_owned()))]);
        assert_eq!(found.invalidated, [3, 1]);
        let wrong = signal().build(&("a.Unit", &values)).unwrap();
        assert!(wanted_changes(&wrong, &wanted, &Values).is_err());
    }
}

/// What takes long is not begun for somebody who does not wait any more.
#[test]
fn the_deadline_ends_the_reading_of_a_long_answer() {
    let reply = || {
        let call = Message::method_call("/a", "GetAll").build(&()).unwrap();
        Message::method_return(&call.header())
    };
    let long: Vec<u64> = (0..100_000).collect();
    let properties: HashMap<&str, Variant<'_>> = HashMap::from([("Long", long.into())]);
    let answer = reply().build(&properties).unwrap();
    assert!(super::properties(&answer, &Values).is_ok());
    let _limit = Limit::new(Some(Instant::now()));
    assert_eq!(super::properties(&answer, &Values).unwrap_err().kind(), Kind::Timeout);
    let short: HashMap<&str, Variant<'_>> = HashMap::from([("Id", "a.service".into())]);
    assert!(super::properties(&reply().build(&short).unwrap(), &Values).is_ok());
}
