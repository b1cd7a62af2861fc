//! What an object says of its properties: as much of the D-Bus introspection format as that takes. sd-bus writes
//! one element or its beginning on each line, and annotates properties one by one.

use super::answer::malformed;
use crate::error::Result;

/// Says how changes are announced, where it is not with the new value.
const EMITS_CHANGED_SIGNAL: &str = "org.freedesktop.DBus.Property.EmitsChangedSignal";

/// How an object announces that a property has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Emits {
    /// With the new value.
    Value,
    /// With its name alone.
    Invalidation,
    /// Not at all: it does not change while the object is there.
    Constant,
    /// Not at all.
    Nothing,
}

impl Emits {
    /// What the annotation's value means; one that nobody knows promises nothing.
    fn from_annotation(value: &str) -> Self {
        match value {
            "true" => Self::Value,
            "invalidates" => Self::Invalidation,
            "const" => Self::Constant,
            _ => Self::Nothing,
        }
    }
}

/// A property of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property<'a> {
    /// The interface that it is of.
    pub interface: &'a str,
    /// Its name.
    pub name: &'a str,
    /// How its changes are announced.
    pub emits: Emits,
}

/// The properties in the answer of `Introspect`, in their order. Everything else is passed over.
pub fn properties(text: &str) -> Result<Vec<Property<'_>>> {
    let mut found = Vec::new();
    let mut tags = Tags { rest: text };
    let mut interface = None;
    let mut property: Option<Property<'_>> = None;
    while let Some(tag) = tags.next_tag()? {
        match (tag.name, tag.place) {
            ("interface", Place::Begin) if interface.is_none() => interface = Some(tag.attribute("name")?),
            ("/interface", Place::End) if interface.is_some() && property.is_none() => interface = None,
            ("property", Place::Begin | Place::Alone) => {
                let (Some(interface), None) = (interface, &property) else { return Err(out_of_place(&tag)) };
                let next = Property { interface, name: tag.attribute("name")?, emits: Emits::Value };
                if tag.place == Place::Alone {
                    found.push(next);
                } else {
                    property = Some(next);
                }
            }
            ("/property", Place::End) => {
                let Some(property) = property.take() else { return Err(out_of_place(&tag)) };
                found.push(property);
            }
            ("annotation", Place::Begin | Place::Alone) => {
                if let Some(property) = &mut property
                    && tag.attribute("name")? == EMITS_CHANGED_SIGNAL
                {
                    property.emits = Emits::from_annotation(tag.attribute("value")?);
                }
            }
            ("interface", Place::Begin) | ("/interface", Place::End) => return Err(out_of_place(&tag)),
            _ => {}
        }
    }
    if interface.is_some() { Err(malformed(&"introspection data that end too early")) } else { Ok(found) }
}

fn out_of_place(tag: &Tag<'_>) -> crate::error::Error {
    malformed(&format!("<{}> out of place in the introspection data", tag.name))
}

/// Where in an element a tag stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Begin,
    End,
    /// It is the whole element.
    Alone,
}

/// What stands between `<` and `>`; the name of an end has its slash.
struct Tag<'a> {
    name: &'a str,
    attributes: &'a str,
    place: Place,
}

impl<'a> Tag<'a> {
    fn new(inside: &'a str) -> Self {
        let (inside, place) = match (inside.strip_suffix('/'), inside.starts_with('/')) {
            (Some(inside), _) => (inside, Place::Alone),
            (None, true) => (inside, Place::End),
            (None, false) => (inside, Place::Begin),
        };
        let (name, attributes) = inside.split_once(|c: char| c.is_ascii_whitespace()).unwrap_or((inside, ""));
        Self { name, attributes: attributes.trim(), place }
    }

    /// The value of an attribute, which has to be there. None that is asked for needs an escape.
    fn attribute(&self, wanted: &str) -> Result<&'a str> {
        let mut rest = self.attributes;
        let broken = || malformed(&format!("<{}> without a proper {wanted:?}", self.name));
        while !rest.is_empty() {
            let (name, after) = rest.split_once('=').ok_or_else(broken)?;
            let after = after.trim_start();
            let quote =
                after.chars().next().filter(|quote| matches!(quote, '"' | '\'')).ok_or_else(broken)?;
            let (value, after) = after[1..].split_once(quote).ok_or_else(broken)?;
            if name.trim() == wanted {
                return if value.contains('&') { Err(broken()) } else { Ok(value) };
            }
            rest = after.trim_start();
        }
        Err(broken())
    }
}

/// The tags of a text, one after the other.
struct Tags<'a> {
    rest: &'a str,
}

impl<'a> Tags<'a> {
    fn next_tag(&mut self) -> Result<Option<Tag<'a>>> {
        loop {
            let Some(at) = self.rest.find('<') else { return Ok(None) };
            let inside = &self.rest[at + 1..];
            if let Some(comment) = inside.strip_prefix("!--") {
                let end = comment.find("-->").ok_or_else(|| malformed(&"a comment that does not end"))?;
                self.rest = &comment[end + 3..];
                continue;
            }
            let end = end_of_tag(inside).ok_or_else(|| malformed(&"a tag that does not end"))?;
            self.rest = &inside[end + 1..];
            if !inside.starts_with(['!', '?']) {
                return Ok(Some(Tag::new(&inside[..end])));
            }
        }
    }
}

/// The index of the `>` that is in no quotes.
fn end_of_tag(inside: &str) -> Option<usize> {
    let mut quote = None;
    inside.char_indices().find_map(|(at, character)| {
        match (quote, character) {
            (None, '>') => return Some(at),
            (None, '"' | '\'') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            _ => {}
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEAD: &str = "<!DOCTYPE node PUBLIC \"-//a > b//EN\"\n\"http://x/y.dtd\">\n<node>\n";

    fn emits(text: &str) -> Vec<(String, String, Emits)> {
        let found = properties(text).unwrap();
        found.into_iter().map(|p| (p.interface.to_owned(), p.name.to_owned(), p.emits)).collect()
    }

    fn annotated(value: &str) -> String {
        format!("<annotation name=\"{EMITS_CHANGED_SIGNAL}\" value=\"{value}\"/>")
    }

    #[test]
    fn each_kind_of_property_is_known() {
        for (inside, expected) in [
            (String::new(), Emits::Value),
            (annotated("true"), Emits::Value),
            (annotated("invalidates"), Emits::Invalidation),
            (annotated("const"), Emits::Constant),
            (annotated("false"), Emits::Nothing),
            (annotated("who knows"), Emits::Nothing),
            ("<annotation name=\"org.other\" value=\"false\"/>".to_owned(), Emits::Value),
            ("<!-- <annotation --> <annotation value='x' name='y'/>".to_owned(), Emits::Value),
            (
                format!("<annotation name=\"org.other\" value=\"a>b\"/>{}", annotated("const")),
                Emits::Constant,
            ),
        ] {
            let text = format!(
                "{HEAD} <interface name=\"a.B\">\n  <method name=\"M\"><arg type=\"s\"/>{}</method>\n  \
                 <property name=\"P\" type=\"s\" access=\"read\">\n   {inside}\n  </property>\n  \
                 <signal name=\"S\"/>\n  <property name=\"Q\" type=\"u\" access=\"read\"/>\n </interface>\n \
                 <node name=\"child\"/>\n</node>",
                annotated("false"),
            );
            let of = |name: &str, emits| ("a.B".to_owned(), name.to_owned(), emits);
            assert_eq!(emits(&text), [of("P", expected), of("Q", Emits::Value)], "{inside}");
        }
    }

    #[test]
    fn properties_belong_to_the_interface_around_them() {
        let text = "<interface name='a.A'><property name='X' type='s'/></interface>\
                    <interface name='a.B'><property type='s' name='X'></property></interface>";
        let found = emits(text);
        assert_eq!(found.iter().map(|(of, ..)| of.as_str()).collect::<Vec<_>>(), ["a.A", "a.B"]);
        assert_eq!(emits(""), []);
    }

    #[test]
    fn what_is_not_well_formed_is_refused() {
        for text in [
            "<property name='X'/>",
            "<interface name='a.A'>",
            "<interface name='a.A'",
            "<interface>",
            "<interface name='a.A'><interface name='a.B'></interface>",
            "</interface>",
            "<interface name='a.A'><property name='X'></interface>",
            "<interface name='a.A'></property></interface>",
            "<interface name='a.A'><property name='X'><property name='Y'/></property></interface>",
            "<interface name='a.A'><property type='s'/></interface>",
            "<interface name='a.A'><property name=X/></interface>",
            "<interface name='a.A'><property name='X&amp;'/></interface>",
            "<interface name='a.A'><property name/></interface>",
            "<!-- <interface name='a.A'/>",
        ] {
            assert!(properties(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_survived(
            pieces in proptest::collection::vec(
                proptest::sample::select(vec![
                    "<", ">", "/", "'", "\"", "=", "&", "<!--", "-->", "<!", "<?", " ", "\n", "ü", "name",
                    "interface", "property", "annotation", "<interface name='a.B'>", "</interface>",
                    "<property name='P'>", "</property>", "<property name='Q'/>", "value='const'",
                ]),
                0..40,
            )
        ) {
            // An error is an answer; only a panic is not.
            let _ = properties(&pieces.concat());
        }
    }
}
