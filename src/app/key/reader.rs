//! Where in an app's description something stands, and all that is wrong with it.

use crate::error::{Error, Hint, Problem, Result};
use crate::unit_file::shown_name;

/// All that was found wrong with one app, each with its key.
#[derive(Debug, Default)]
pub(in crate::app) struct Problems(Vec<Problem>);

impl Problems {
    /// Notes what is wrong with a key. What follows from something that was told already is not told.
    pub(in crate::app) fn add(&mut self, key: &str, error: Error) {
        if !self.concern(key) {
            self.0.push(error.into_problem(key));
        }
    }

    /// What came out, or nothing where it went wrong, which is noted.
    pub(in crate::app) fn take<T>(&mut self, key: &str, result: Result<T>) -> Option<T> {
        result.map_err(|error| self.add(key, error)).ok()
    }

    /// Whether something is wrong with this key, with one above it, or with one in it.
    pub(in crate::app) fn concern(&self, key: &str) -> bool {
        self.0.iter().any(|problem| is_within(&problem.key, key) || is_within(key, &problem.key))
    }

    /// Adds what was found elsewhere.
    pub(in crate::app) fn extend(&mut self, others: Self) {
        for problem in others.0.into_iter().filter(|problem| !problem.key.is_empty()) {
            if !self.concern(&problem.key) {
                self.0.push(problem);
            }
        }
    }

    /// One error that tells everything about the app of this name; nothing, where all is right.
    pub(in crate::app) fn into_result(mut self, app: &str) -> Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        for problem in &mut self.0 {
            problem.app = (!app.is_empty()).then(|| app.to_owned());
        }
        Err(Error::of_problems(self.0))
    }
}

/// Whether a key is another one, or in it: `env.A` is in `env`, and `envelope` is not.
fn is_within(inner: &str, outer: &str) -> bool {
    inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// Goes through a description, and knows where it is.
#[derive(Debug, Default)]
pub(in crate::app) struct Reader {
    place: String,
    pub(in crate::app) problems: Problems,
}

impl Reader {
    /// The key with all keys above it: `ready.http.interval`, `args[2]`.
    pub(in crate::app) fn place(&self) -> &str {
        &self.place
    }

    /// Reads what has this name.
    pub(in crate::app) fn within<T>(&mut self, name: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        let point = if self.place.is_empty() { "" } else { "." };
        self.at(&format!("{point}{}", shown_name(name)), read)
    }

    /// Reads what has this number in a list.
    pub(in crate::app) fn item<T>(&mut self, index: usize, read: impl FnOnce(&mut Self) -> T) -> T {
        self.at(&format!("[{index}]"), read)
    }

    fn at<T>(&mut self, step: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.place.len();
        self.place.push_str(step);
        let result = read(self);
        self.place.truncate(outer);
        result
    }

    /// Notes what is wrong here: `reason` completes "the key ...".
    pub(in crate::app) fn refuse<T>(&mut self, reason: &str, hint: impl Into<Hint>) -> Option<T> {
        let error = Error::config(format!("{} {reason}", self.place)).with_hint(hint);
        self.take(Err(error))
    }

    /// What came out, or nothing where it went wrong, which is noted.
    pub(in crate::app) fn take<T>(&mut self, result: Result<T>) -> Option<T> {
        self.problems.take(&self.place, result)
    }
}
