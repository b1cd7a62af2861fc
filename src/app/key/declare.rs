//! How keys are declared.

use serde_json::{Map, Value as Json, json};

use super::{Input, Key, Reader};

/// What is known of a key beside its value.
pub(in crate::app) struct Declaration {
    /// Its name.
    pub(in crate::app) name: &'static str,
    /// What it is for.
    about: &'static str,
    /// Whether there must be one.
    pub(super) required: bool,
    /// Whether its value is a time.
    pub(in crate::app) is_time: bool,
    schema: fn() -> Json,
    default: Option<fn() -> Json>,
}

impl Declaration {
    /// A key with values of this type.
    pub(in crate::app) const fn of<T: Key>(
        name: &'static str,
        about: &'static str,
        default: Option<fn() -> Json>,
    ) -> Self {
        let required = T::REQUIRED && default.is_none();
        Self { name, about, required, is_time: T::IS_TIME, schema: T::schema, default }
    }
}

/// A structure of keys, as [`keys!`] makes them.
pub(in crate::app) trait Keys: Sized {
    /// All keys, in their order.
    const DECLARED: &'static [Declaration];

    /// Makes sense of a table; gives the names of what it has besides. What is wrong has its default.
    fn read_table(table: Vec<(Input, Input)>, reader: &mut Reader) -> (Self, Vec<String>);

    /// All keys in their order, each as whoever reads it takes it.
    fn described_table(&self) -> Map<String, Json>;

    /// All keys in their order, each as its type is written.
    fn values(&self) -> Map<String, Json>;

    /// The names of all keys.
    fn names() -> impl Iterator<Item = &'static str> {
        Self::DECLARED.iter().map(|key| key.name)
    }

    /// The JSON Schema of all keys.
    fn table_schema() -> Json {
        let mut properties = Map::new();
        for key in Self::DECLARED {
            let mut schema = (key.schema)();
            schema["description"] = key.about.trim().into();
            match key.default.map(|default| default()) {
                // What it is then depends on where the caller is.
                None | Some(Json::Null) => {}
                Some(default) => schema["default"] = default,
            }
            properties.insert(key.name.to_owned(), schema);
        }
        let required: Vec<&str> =
            Self::DECLARED.iter().filter(|key| key.required).map(|key| key.name).collect();
        json!({
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        })
    }
}

/// Declares keys: each is a field with its type, its default (none where it must be given, or may be left out), and
/// what it is for, which becomes the text of signatures, schema and tables.
macro_rules! keys {
    (
        $(#[$about:meta])*
        $vis:vis struct $name:ident {
            $($(#[doc = $doc:literal])+ pub $key:ident: $kind:ty $(= $default:expr)?,)+
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, PartialEq, Eq, serde::Serialize)]
        $vis struct $name {
            $($(#[doc = $doc])+ pub $key: $kind,)+
        }

        const _: () = {
            use serde_json::{Map, Value as Json};
            use $crate::app::key::{Declaration, Entries, Input, Key, Keys, Reader, keys, plain, read_keys};

            impl Default for $name {
                fn default() -> Self {
                    Self { $($key: keys!(@default $($default)?),)+ }
                }
            }

            impl Keys for $name {
                const DECLARED: &'static [Declaration] = &[
                    $(Declaration::of::<$kind>(
                        stringify!($key),
                        concat!($($doc),+),
                        keys!(@described $kind $(, $default)?),
                    ),)+
                ];

                fn read_table(table: Vec<(Input, Input)>, reader: &mut Reader) -> (Self, Vec<String>) {
                    let mut entries = Entries::new::<Self>(table, reader);
                    let default = Self::default();
                    let found =
                        Self { $($key: entries.read(stringify!($key), reader).unwrap_or(default.$key),)+ };
                    (found, entries.rest())
                }

                fn values(&self) -> Map<String, Json> {
                    let values = [$((stringify!($key), plain(&self.$key))),+];
                    values.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
                }

                fn described_table(&self) -> Map<String, Json> {
                    let described = [$((stringify!($key), self.$key.described())),+];
                    described.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
                }
            }

            impl Key for $name {
                fn read(input: Input, reader: &mut Reader) -> Option<Self> {
                    read_keys(input, reader)
                }

                fn described(&self) -> Json {
                    self.described_table().into()
                }

                fn schema() -> Json {
                    Self::table_schema()
                }
            }
        };
    };
    (@default) => { Default::default() };
    (@default $default:expr) => { $default };
    (@described $kind:ty) => { None };
    (@described $kind:ty, $default:expr) => {
        Some(|| {
            let default: $kind = $default;
            default.described()
        })
    };
}
pub(in crate::app) use keys;
