//! What looks secret, so that it can be warned about and is not shown.
//!
//! `Environment=` and `ExecStart=` can be read by every local user over D-Bus, whatever the unit file's mode.

use serde_json::{Map, Value as Json};

use super::key::Environment;

/// What stands for a value that is not shown.
pub const REDACTED: &str = "***";

/// How the words of a name end that mark a secret.
const ENDINGS: [&str; 18] = [
    "PASS",
    "PASSWD",
    "PASSWORD",
    "PASSPHRASE",
    "PWD",
    "SECRET",
    "SECRETS",
    "TOKEN",
    "TOKENS",
    "APIKEY",
    "APIKEYS",
    "PRIVATEKEY",
    "SECRETKEY",
    "ACCESSKEY",
    "CREDENTIAL",
    "CREDENTIALS",
    "CREDS",
    "DSN",
];
/// Words that mark a secret only when they stand alone.
const WORDS: [&str; 4] = ["KEY", "KEYS", "AUTH", "SALT"];
/// Words that end like a secret and are none.
const HARMLESS: [&str; 4] = ["PWD", "OLDPWD", "COMPASS", "BYPASS"];
/// How values begin that are tokens of well-known services, or private keys.
const BEGINNINGS: [&str; 13] = [
    "ghp_",
    "gho_",
    "ghs_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "sk-",
    "sk_live_",
    "rk_live_",
    "AKIA",
    "AIza",
    "-----BEGIN ",
];

/// Whether a variable (or an option) of this name, with this value, looks like a secret.
#[must_use]
pub fn looks_secret(name: &str, value: &str) -> bool {
    if value.is_empty() {
        return false;
    }
    value_looks_secret(value) || (name_looks_secret(name) && !is_harmless_value(name, value))
}

fn name_looks_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let mut words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    // What such a variable holds is where the secret is, not the secret.
    if name.ends_with("_FILE")
        || name.ends_with("_PATH")
        || name.ends_with("_DIR")
        || HARMLESS.contains(&name.as_str())
    {
        return false;
    }
    let mut before = "";
    words.any(|word| {
        let word = word.trim_end_matches(|c: char| c.is_ascii_digit());
        let public = std::mem::replace(&mut before, word) == "PUBLIC";
        if WORDS.contains(&word) {
            return !public;
        }
        !HARMLESS.contains(&word) && ENDINGS.iter().any(|ending| word.ends_with(ending))
    })
}

/// Switches, and numbers of tokens or keys.
fn is_harmless_value(name: &str, value: &str) -> bool {
    let switch = ["true", "false", "yes", "no", "on", "off"].contains(&value.to_ascii_lowercase().as_str());
    let name = name.to_ascii_uppercase();
    let counted = ["TOKENS", "KEYS"].iter().any(|ending| name.ends_with(ending))
        && value.bytes().all(|b| b.is_ascii_digit());
    switch || counted
}

fn value_looks_secret(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    BEGINNINGS.iter().any(|beginning| value.starts_with(beginning) && value.len() > beginning.len() + 8)
        || lower.contains("password=")
        || lower.contains("pwd=")
        || has_url_password(value)
}

/// Whether the text has a URL like `scheme://user:password@host`.
fn has_url_password(text: &str) -> bool {
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("://") {
        let authority = after.split(['/', '?', '#', ' ', '"', '\'']).next().unwrap_or(after);
        let login = authority.rsplit_once('@').map(|(login, _)| login);
        if login.and_then(|login| login.split_once(':')).is_some_and(|(_, password)| !password.is_empty()) {
            return true;
        }
        rest = after;
    }
    false
}

/// The variables with what looks secret replaced by [`REDACTED`].
#[must_use]
pub fn redact(env: &Environment) -> Environment {
    let shown = |name: &str, value: &str| if looks_secret(name, value) { REDACTED } else { value }.to_owned();
    env.iter().map(|(name, value)| (name.clone(), shown(name, value))).collect()
}

/// The arguments with what looks secret replaced: `--password=x`, `--token x`, `postgres://user:password@host`.
#[must_use]
pub fn redact_arguments(arguments: &[impl AsRef<str>]) -> Vec<String> {
    let secret = secret_arguments(arguments);
    let shown = arguments.iter().zip(secret).map(|(argument, secret)| match (secret, argument.as_ref()) {
        (false, argument) => argument.to_owned(),
        (true, argument) => match argument.split_once('=') {
            Some((option, _)) if option.starts_with('-') => format!("{option}={REDACTED}"),
            _ => REDACTED.to_owned(),
        },
    });
    shown.collect()
}

/// Which of the arguments look secret.
pub(super) fn secret_arguments(arguments: &[impl AsRef<str>]) -> Vec<bool> {
    let mut option_before = "";
    let mut found = Vec::with_capacity(arguments.len());
    for argument in arguments.iter().map(AsRef::as_ref) {
        let (name, value) = argument.split_once('=').unwrap_or((option_before, argument));
        let is_option = argument.starts_with('-');
        found.push(if is_option && !argument.contains('=') { false } else { looks_secret(name, value) });
        option_before = if is_option && !argument.contains('=') { argument } else { "" };
    }
    found
}

/// A description with what looks secret replaced, whatever the keys are, and at any depth.
#[must_use]
pub(super) fn redact_table(mut table: Map<String, Json>) -> Map<String, Json> {
    for (name, value) in &mut table {
        redact_value(name, value);
    }
    table
}

fn redact_value(name: &str, value: &mut Json) {
    let exposes = is_exposing(name);
    match value {
        Json::Object(inner) => *inner = redact_table(std::mem::take(inner)),
        Json::Array(items) if exposes => items.fill(REDACTED.into()),
        Json::Array(items) => {
            let texts: Vec<&str> = items.iter().map(|item| item.as_str().unwrap_or_default()).collect();
            let shown = redact_arguments(&texts);
            for (item, shown) in items.iter_mut().zip(shown).filter(|(item, _)| item.is_string()) {
                *item = shown.into();
            }
        }
        Json::String(text) if exposes || looks_secret(name, text) => REDACTED.clone_into(text),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

/// Whether a setting of systemd with this name holds variables, credentials or commands.
fn is_exposing(setting: &str) -> bool {
    setting == "Environment" || setting.contains("Credential") || setting.starts_with("Exec")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_and_values() {
        for (name, value) in [
            ("DB_PASS", "1234"),
            ("PGPASSWORD", "x"),
            ("dbPassword", "x"),
            ("SECRET_KEY_BASE", "x"),
            ("STRIPE_KEY", "x"),
            ("OPENAI_API_KEY", "x"),
            ("APIKEY2", "x"),
            ("GITHUB_TOKEN", "x"),
            ("AWS_CREDENTIALS", "x"),
            ("SENTRY_DSN", "https://x@y/1"),
            ("DATABASE_URL", "postgres://me:pw@db/x"),
            ("CACHE", "redis://:pw@host"),
            ("X", "host=db password=pw"),
            ("X", "ghp_0123456789abcdef"),
            ("X", "-----BEGIN RSA PRIVATE KEY-----"),
            ("DB_PASSWORD_FILE", "postgres://me:pw@db/x"),
        ] {
            assert!(looks_secret(name, value), "{name}");
        }
        for (name, value) in [
            ("PORT", "8000"),
            ("PWD", "/srv"),
            ("MODE", "prod"),
            ("KEYBOARD", "de"),
            ("MONKEY", "x"),
            ("COMPASS", "n"),
            ("TOKENIZERS_PARALLELISM", "x"),
            ("MAX_TOKENS", "4096"),
            ("PASSWORD", ""),
            ("USE_AUTH", "true"),
            ("PUBLIC_KEY", "x"),
            ("DB_PASSWORD_FILE", "/run/x"),
            ("URL", "https://host:8000/a@b"),
            ("URL", "https://user@host/a:b@c"),
        ] {
            assert!(!looks_secret(name, value), "{name}={value}");
        }
    }

    #[test]
    fn arguments_and_tables() {
        let shown = redact_arguments(&[
            "run",
            "--password=a",
            "--token",
            "b",
            "--port",
            "8000",
            "redis://:p@h",
            "K=v",
        ]);
        assert_eq!(shown, ["run", "--password=***", "--token", "***", "--port", "8000", "***", "K=v"]);
        let described = json!({
            "extra": {"Service": {"Environment": ["A=1"], "LoadCredential": "x:y", "MemoryMax": ["300M"]}},
            "probe": {"url": "http://me:pw@host/", "args": ["--token", "x"], "token": "x", "port": 80},
        });
        let shown = redact_table(described.as_object().cloned().unwrap_or_default());
        let expected = json!({
            "extra": {"Service": {"Environment": ["***"], "LoadCredential": "***", "MemoryMax": ["300M"]}},
            "probe": {"url": "***", "args": ["--token", "***"], "token": "***", "port": 80},
        });
        assert_eq!(Json::Object(shown), expected);
    }
}
