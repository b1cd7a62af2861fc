//! Any bytes as a unit file: reading never panics, and what is accepted renders back byte for byte.
//!
//! What is read can also be edited without disturbing the rest, and every value can be given to the parsers.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pm2go::app::read_app;
use pm2go::unit_file::{
    UnitFile, parse_environment, parse_exec_command, parse_path, parse_plain, parse_timespan,
};

fuzz_target!(|bytes: &[u8]| {
    let Ok(file) = UnitFile::parse(bytes) else { return };
    assert_eq!(file.render().as_bytes(), bytes);
    let _ = read_app(&file);
    for assignment in file.assignments() {
        read_value(assignment.value);
    }
    edit(&file);
});

/// Whatever is read as a command can be written again, and means the same.
fn read_value(value: &str) {
    let _ = (parse_environment(value), parse_path(value), parse_plain(value), parse_timespan(value));
    if let Ok(command) = parse_exec_command(value)
        && let Ok(written) = pm2go::unit_file::exec_command(&command.argv)
    {
        let again = parse_exec_command(&written).map(|command| command.argv);
        assert_eq!(again.ok(), Some(command.argv));
    }
}

fn edit(file: &UnitFile) {
    let others = |file: &UnitFile| -> Vec<(String, String, String)> {
        let others = file.assignments().filter(|a| (a.section, a.key) != ("S", "A"));
        others.map(|a| (a.section.to_owned(), a.key.to_owned(), a.value.to_owned())).collect()
    };
    let mut changed = file.clone();
    changed.set("S", "A", "value").expect("the value is plain");
    let again = UnitFile::parse(changed.render()).expect("an edited file can be read");
    assert_eq!(again.get("S", "A"), Some("value"));
    assert_eq!(others(&again), others(file));
}
