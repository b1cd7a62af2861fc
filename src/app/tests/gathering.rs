//! An app that is checked by questions and answers comes out as if the machine were here.

use super::*;

/// How often is asked at most.
const MOST_ROUNDS: usize = 6;

fn answer(question: &Question) -> Fact {
    match question {
        Question::CurrentFolder => Fact::Place(Table.current_dir().ok()),
        Question::Program(name) => Fact::Place(Table.which(name)),
        Question::Path(path) => Fact::Path(FoundPath {
            is_file: Table.is_file(path),
            is_executable: Table.is_executable(path),
            is_folder: Table.is_dir(path),
            canonical: Table.canonicalize(path),
            access: Table.file_access(path),
        }),
    }
}

fn gathered<T>(check: impl Fn(&Gathering<'_>) -> T) -> T {
    let mut facts = Facts::new();
    for _ in 0..MOST_ROUNDS {
        let gathering = Gathering::new(&facts);
        let done = check(&gathering);
        let open = gathering.open();
        if open.is_empty() {
            return done;
        }
        facts.extend(open.into_iter().map(|question| (question.clone(), answer(&question))));
    }
    panic!("it asks for more and more");
}

#[test]
fn questions_and_answers_come_to_the_same() {
    for more in [
        json!({}),
        json!({"cwd": "/srv/app"}),
        json!({"cwd": "below"}),
        json!({"cwd": "/srv/a/.."}),
        json!({"cwd": "/srv/missing"}),
        json!({"script": "missing.py"}),
        json!({"script": "sleep"}),
        json!({"script": "/srv/a.exe"}),
        json!({"script": "a.txt"}),
        json!({"script": "a.rb"}),
        json!({"interpreter": "node"}),
        json!({"interpreter": "./env/bin/python", "args": ["x"]}),
        json!({"interpreter": "nonsense"}),
        json!({"script": null, "command": ["sleep", "60"]}),
        json!({"script": null, "command": ["nonsense", "60"]}),
        json!({"environment_file": "/srv/public.env"}),
        json!({"environment_file": "missing.env"}),
        json!({"environment_file": "/hidden/x", "extra": {"Service": {"EnvironmentFile": "/srv/public"}}}),
        json!({"name": "a b", "cwd": 7}),
    ] {
        let app = with(more.clone());
        let here = AppConfig::check_file(app.clone(), &Table).map(|app| (app.warnings(&Table), app));
        let there = gathered(|it| AppConfig::check_file(app.clone(), it).map(|app| (app.warnings(it), app)));
        assert_eq!(there, here, "{more}");
        if let Ok((_, app)) = here {
            assert_eq!(gathered(|it| app.check_again(it)), app.check_again(&Table), "{more}");
        }
    }
}
