//! What a verb would change of unit files: `systemctl` does it in a copy of their folders.

use super::Command;
use super::without_manager::How;
use crate::error::{Error, Kind, Result};
use crate::flow::own_thread::on_own_thread;
use crate::scope::Scope;
use crate::store::{Root, Shadow, UnitStore};
use crate::unit::UnitFileChanges;
use crate::value::Value;
use crate::verb::Verb;

impl Command {
    /// What the verb would change; nothing is changed.
    pub(crate) async fn plan(&self, verb: &'static Verb, arguments: &[Value]) -> Result<UnitFileChanges> {
        let (scope, location) = (self.whose.scope, &self.whose.location);
        if !verb.changes_files() {
            return Err(cannot_plan(verb));
        }
        if !location.is_default() && location.root().is_none() {
            return self.plan_there(verb, arguments).await;
        }
        let (runtime, root) = (self.runtime_folder.clone(), location.root().map(Root::new));
        let paths: Vec<String> = arguments.iter().filter_map(Value::as_texts).flatten().collect();
        let shadow = on_own_thread("pm2go-files", move || -> Result<Shadow> {
            let environment = |name: &str| match (name, &runtime) {
                ("XDG_RUNTIME_DIR", Some(folder)) => Some(folder.clone().into_os_string()),
                _ => std::env::var_os(name),
            };
            let store = UnitStore::for_scope(scope, environment)?;
            let paths: Vec<&str> =
                paths.iter().map(String::as_str).filter(|path| path.starts_with('/')).collect();
            match (scope, &runtime) {
                (Scope::User, Some(runtime)) => Shadow::of_user(&store, runtime),
                _ => Shadow::of_system(&store, root, &paths),
            }
        })
        .await??;
        let (options, environment) = shadow.how(scope);
        let how = How { options, environment, reword: &|said| shadow.said_of_original(said) };
        self.change_files(&how, verb, arguments).await
    }
}

fn cannot_plan(verb: &Verb) -> Error {
    Error::new(Kind::Unsupported, format!("to {} changes no unit files: there is no plan of it", verb.act))
}
