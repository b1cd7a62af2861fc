use super::*;

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn one(signature: &str, data: &str) -> Result<Value> {
    let json = format!(r#"{{"type":"a{{sv}}","data":[{{"X":{{"type":"{signature}","data":{data}}}}}]}}"#);
    properties(json.as_bytes()).map(|mut properties| properties.remove(0).1)
}

#[test]
fn values_by_signature() {
    use Value::{Boolean, Bytes, Dict, Double, Integer, List, Null, Text, Tuple, Unsigned};
    for (signature, data, value) in [
        ("s", r#""\u00dcn\u0001\n\"\\""#, text("\u{dc}n\u{1}\n\"\\")),
        ("o", r#""/""#, text("/")),
        ("b", "true", Boolean(true)),
        ("i", "-1", Integer(-1)),
        ("x", "-9223372036854775808", Integer(i64::MIN)),
        ("q", "65534", Unsigned(65534)),
        ("q", "65535", Null),
        // Beyond what a double can hold.
        ("t", "9007199254740993", Unsigned(9_007_199_254_740_993)),
        ("t", "18446744073709551614", Unsigned(u64::MAX - 1)),
        ("t", "18446744073709551615", Null),
        ("(t)", "[18446744073709551615]", Tuple(vec![Unsigned(u64::MAX)])),
        ("u", "4294967294", Unsigned(4_294_967_294)),
        ("u", "4294967295", Null),
        ("d", "1.5", Double(1.5)),
        ("d", "2", Double(2.0)),
        ("ay", "[0,255]", Bytes(vec![0, 255])),
        ("ay", "[]", Bytes(vec![])),
        ("aay", "[[65],[]]", List(vec![Bytes(vec![65]), Bytes(vec![])])),
        ("as", r#"["a",""]"#, List(vec![text("a"), text("")])),
        ("(uo)", r#"[7,"/job/7"]"#, Tuple(vec![Unsigned(7), text("/job/7")])),
        ("(bas)", "[false,[]]", Tuple(vec![Boolean(false), List(vec![])])),
        ("a{sv}", r#"{"k":{"type":"i","data":3}}"#, Dict(vec![(text("k"), Integer(3))])),
        ("a{us}", r#"{"3":"x"}"#, Dict(vec![(Unsigned(3), Text("x".to_owned()))])),
        ("v", r#"{"type":"as","data":["z"]}"#, List(vec![text("z")])),
        (
            "a(sasbttttuii)",
            r#"[["/bin/sh",["/bin/sh","-c","a b"],false,1795404140978729,2,0,0,41,0,0]]"#,
            List(vec![Tuple(vec![
                text("/bin/sh"),
                List(vec![text("/bin/sh"), text("-c"), text("a b")]),
                Boolean(false),
                Unsigned(1_795_404_140_978_729),
                Unsigned(2),
                Unsigned(0),
                Unsigned(0),
                Unsigned(41),
                Integer(0),
                Integer(0),
            ])]),
        ),
    ] {
        assert_eq!(one(signature, data).unwrap(), value, "{signature} {data}");
    }
}

#[test]
fn what_does_not_fit_is_an_error() {
    for (signature, data) in [
        ("s", "1"),
        ("b", "1"),
        ("u", "-1"),
        ("i", "\"1\""),
        ("ay", "[256]"),
        ("(ss)", r#"["a"]"#),
        ("(s)", r#"["a","b"]"#),
        ("a{s", "{}"),
        ("a{}", "{}"),
        ("(", "[]"),
        ("", "0"),
        ("z", "0"),
        ("as", "{}"),
    ] {
        assert!(one(signature, data).is_err(), "{signature} {data}");
    }
    for json in ["", "{}", r#"{"type":"s","data":["x"]}"#, r#"{"data":[{"X":1}]}"#] {
        assert!(properties(json.as_bytes()).is_err(), "{json}");
    }
}

#[test]
fn properties_keep_their_order_and_what_is_not_set_is_null() {
    let json = br#"{"type":"a{sv}","data":[{"Z":{"type":"s","data":""},"ActiveEnterTimestamp":{"type":"t","data":0},"MemoryLow":{"type":"t","data":0},"UID":{"type":"u","data":4294967295},"Mark":{"type":"i","data":-1},"Nice":{"type":"i","data":-1},"Z":{"type":"b","data":true}}]}"#;
    let expected = [
        ("Z", text("")),
        ("ActiveEnterTimestamp", Value::Null),
        ("MemoryLow", Value::Unsigned(0)),
        ("UID", Value::Null),
        ("Mark", Value::Null),
        ("Nice", Value::Integer(-1)),
        ("Z", Value::Boolean(true)),
    ];
    assert_eq!(properties(json).unwrap(), expected.map(|(name, value)| (name.to_owned(), value)));
}

#[test]
fn rows() {
    let json = br#"{"type":"a(ssssssouso)","data":[[["a.service","A b","loaded","active","running","","/x",0,"","/"],["b.device","B","loaded","active","plugged","c.device","/y",7,"start","/j"]]]}"#;
    let rows = units(json).unwrap();
    assert_eq!(
        (rows[0].followed.as_deref(), rows[0].job_id, rows[0].job_type.as_deref()),
        (None, None, None)
    );
    assert_eq!(rows[1].followed.as_deref(), Some("c.device"));
    assert_eq!((rows[1].job_id, rows[1].job_type.as_deref()), (Some(7), Some("start")));
    assert_eq!(rows[0].description, "A b");
    assert!(units(b"{\"data\":[[[1]]]}").is_err());
}
