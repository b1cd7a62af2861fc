//! What the shell there is told.

use super::streams::Plan;
use crate::error::Result;
use crate::location::Whose;
use crate::operation::program;
use crate::operation::run::command::Run;
use crate::process::quoted;
use crate::scope::Scope;

const PROGRAM: &str = include_str!("program.sh");
const VARIABLES: &str = include_str!("variables.sh");
const START: &str = include_str!("start.sh");
const READER: &str = include_str!("reader.sh");
const HOLD: &str = include_str!("hold.sh");

/// What has the shell that ssh starts read a script up to this line: its standard input is the command's from there on. Every
/// login shell takes it as it is.
pub(super) fn reader(mark: &str) -> String {
    READER.lines().last().unwrap_or_default().replace("MARK", mark)
}

/// The script that starts the command's service.
pub(super) fn start(run: &Run, whose: &Whose, plan: &Plan, mark: &str) -> Result<String> {
    let mut words = ["systemd-run", "--quiet", "--no-ask-password"].map(str::to_owned).to_vec();
    words.extend(whose.location.options_there(whose.scope));
    words.extend([
        format!("--unit={}", run.unit),
        "--service-type=exec".to_owned(),
        // Its own option for that is none that systemd 262 takes with --pipe.
        "--property=RemainAfterExit=yes".to_owned(),
    ]);
    words.extend(plan.options());
    words.extend(run.settings().into_iter().map(|word| format!("--property={word}")));
    let arguments = run.argv[1..].iter().map(|word| quoted(&word.replace('$', "$$")));
    let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    let run_it = format!(
        "run() {{ {} \"$@\" -- \"$path\" {} {}; }}\n",
        words.join(" "),
        arguments.collect::<Vec<_>>().join(" "),
        plan.redirections(),
    );
    let set = variables_of(run, whose)?;
    Ok([&*set, &format!("mark={mark}\n"), &run_it, PROGRAM, VARIABLES, START, mark, "\n"].concat())
}

/// The script that finds the program and holds the file of variables, and tells of both a line.
pub(in crate::operation::run) fn hold(run: &Run, whose: &Whose) -> Result<String> {
    Ok([&*variables_of(run, whose)?, PROGRAM, VARIABLES, HOLD].concat())
}

fn variables_of(run: &Run, whose: &Whose) -> Result<String> {
    let (scope, runtime) = match whose.scope {
        Scope::System => ("system", "/run"),
        Scope::User | Scope::Global => ("user", ""),
    };
    Ok(format!(
        "scope={scope}\nruntime={runtime}\nprogram={}\nfolder={}\nsearch={}\nvariables={}\n",
        quoted(&run.argv[0]),
        quoted(run.folder().unwrap_or_default()),
        quoted(run.search().unwrap_or_default()),
        quoted(&program::text_of(&run.variables)?),
    ))
}
