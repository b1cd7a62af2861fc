//! What a row says, over `systemctl`; what that cannot do, over `busctl`.

use super::{Command, changes, json, reachable, stderr};
use crate::backend::Gave;
use crate::backend::dbus::{MANAGER, PATH, PROPERTIES};
use crate::error::{Error, Kind, Result};
use crate::unit::properties::UNIT;
use crate::unit::{UnitFileChanges, UnitName};
use crate::value::Value;
use crate::verb::{Gives, Install, Systemctl, Verb, Words};

impl Command {
    /// What it gave; `None` where neither command will do.
    pub(in crate::backend) async fn ask_for(
        &self,
        verb: &'static Verb,
        arguments: &[Value],
    ) -> Result<Option<Gave>> {
        if !self.whose.has_manager() {
            return self.do_to_files(verb, arguments).await.map(Some);
        }
        match verb.systemctl {
            Systemctl::No(_) => self.ask_bus_for(verb, arguments).await,
            // Where nothing was booted systemctl would change the files of the caller's own user manager, whichever
            // manager it is told to talk to (`install_client_side` of systemd's systemctl-util.c).
            Systemctl::Words(_) if verb.changes_files() && !reachable::is_booted() => Ok(None),
            Systemctl::Words(words) => {
                let (_, stderr) = match self.ask_systemctl_for(verb, words, arguments).await {
                    Err(error) if is_unknown_here(&error) => {
                        return self.ask_bus_for(verb, arguments).await;
                    }
                    answer => answer?,
                };
                Ok(Some(match verb.gives {
                    Gives::Changes(install) => {
                        let carries =
                            (install == Install::Told).then(|| changes::carries_install_info(&stderr));
                        let about = verb.about(arguments).unwrap_or_default();
                        Gave::Changes(UnitFileChanges::new(&about, carries, changes::parse(&stderr)))
                    }
                    Gives::Nothing | Gives::Value(_) | Gives::Unit | Gives::NamedUnit | Gives::Text => {
                        Gave::done()
                    }
                }))
            }
            Systemctl::WordsAndAnswer(words, read) | Systemctl::WordsAndAnyAnswer(words, read) => {
                let (printed, _) = self.ask_systemctl_for(verb, words, arguments).await?;
                Ok(Some(Gave::Value(read(&printed)?)))
            }
        }
    }

    /// What systemctl printed on its standard output and on its standard error.
    async fn ask_systemctl_for(
        &self,
        verb: &Verb,
        words: Words,
        arguments: &[Value],
    ) -> Result<(String, String)> {
        let words = words(arguments);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let answer = self.systemctl(&words).await?;
        if !answer.success && stderr::is_unknown_option(&answer.stderr) {
            let error = Error::new(Kind::Systemd, "systemctl is too old for it");
            return Err(error.with_dbus_name("org.freedesktop.DBus.Error.UnknownMethod"));
        }
        let has_answered =
            matches!(verb.systemctl, Systemctl::WordsAndAnyAnswer(..)) && !answer.stdout.is_empty();
        if has_answered && stderr::error_reply(&answer.stderr, &[verb.method]).is_none() {
            return Ok((answer.text()?.to_owned(), answer.stderr));
        }
        // systemctl calls the method without the mode where that is the usual one; and newer ones (262) have the unit
        // kept in memory before they freeze, thaw or clean it.
        answer.check(&[verb.method.trim_end_matches("WithMode"), "RefUnit"])?;
        Ok((answer.text()?.to_owned(), answer.stderr))
    }

    async fn ask_bus_for(&self, verb: &'static Verb, arguments: &[Value]) -> Result<Option<Gave>> {
        let signature: String = verb.takes.iter().map(|argument| argument.kind.signature()).collect();
        if verb.passes_descriptors() {
            return Ok(None);
        }
        let mut words = vec![PATH.to_owned(), MANAGER.to_owned(), verb.method.to_owned()];
        if !signature.is_empty() {
            words.push(signature);
        }
        for (argument, value) in verb.takes.iter().zip(arguments) {
            write(&*argument.kind.on_dbus(value)?, &mut words);
        }
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let Some(answer) = self.busctl(&words).await? else { return Ok(None) };
        answer.check(&[verb.method])?;
        let told = json::answer(&answer.stdout, verb.gives.signature())?;
        Ok(Some(Gave::read(verb, arguments, told)))
    }

    /// A property of the unit at an object path; `None` where no message bus can be asked.
    pub(in crate::backend) async fn property_at(&self, path: &str, name: &str) -> Result<Option<Value>> {
        let Some(answer) = self.busctl(&[path, PROPERTIES, "Get", "ss", UNIT, name]).await? else {
            return Ok(None);
        };
        answer.check(&["Get"])?;
        json::answer(&answer.stdout, "v").map(Some)
    }

    /// The unit that a name stands for.
    pub(in crate::backend) async fn unit_behind(&self, alias: &UnitName) -> Result<Option<String>> {
        let found = self.find_with_systemctl(alias).await?;
        Ok(found.map(|unit| unit.as_str().to_owned()))
    }
}

/// Whether systemctl did not ask, as it does not know a property of such a unit: systemd itself shall say so, or may be
/// newer.
fn is_unknown_here(error: &Error) -> bool {
    error.facts().dbus_name.is_none() && error.facts().message.contains("Unknown assignment")
}

/// A value as busctl(1) takes it: what has no fixed length begins with that.
pub(super) fn write(value: &Value, words: &mut Vec<String>) {
    match value {
        // A row with descriptors does not come here.
        Value::Null | Value::Descriptor(_) => {}
        Value::Boolean(flag) => words.push(flag.to_string()),
        Value::Integer(number) => words.push(number.to_string()),
        Value::Unsigned(number) => words.push(number.to_string()),
        Value::Double(number) => words.push(number.to_string()),
        Value::Text(text) => words.push(text.clone()),
        Value::Bytes(bytes) => {
            words.push(bytes.len().to_string());
            words.extend(bytes.iter().map(u8::to_string));
        }
        Value::List(items) => {
            words.push(items.len().to_string());
            for item in items {
                write(item, words);
            }
        }
        Value::Tuple(fields) => {
            for field in fields {
                write(field, words);
            }
        }
        Value::Dict(entries) => {
            words.push(entries.len().to_string());
            for (key, value) in entries {
                write(key, words);
                write(value, words);
            }
        }
        Value::Variant(signature, value) => {
            words.push(signature.clone().into_owned());
            write(value, words);
        }
    }
}
