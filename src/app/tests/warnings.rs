//! What the caller is warned of.

use super::*;

#[test]
fn secrets_are_warned_about_and_hidden() {
    let described = with(json!({
        "args": ["--token", "hidden1"],
        "env": {"DB_PASSWORD": "hidden2", "MODE": "shown"},
        "extra": {"Service": {"Environment": "API_KEY=hidden3"}},
    }));
    let app = check(described.clone()).unwrap();
    let warnings: Vec<String> = app.warnings(&Table).into_iter().map(|warning| warning.text).collect();
    let warnings = warnings.join("\n");
    let described = format!("{:?}", Input::from(described));
    for shown in [described, format!("{app:?}"), format!("{:?}", *app), warnings.clone()] {
        assert!(!shown.contains("hidden"), "{shown}");
    }
    assert!(format!("{app:?}").contains("shown"));
    for name in ["DB_PASSWORD", "API_KEY", "argument 3"] {
        assert!(warnings.contains(name), "{warnings}");
    }
    assert!(app.warnings(&Table).iter().all(|warning| warning.kind == WarningKind::Secret));
    assert_eq!(app.warnings(&Table).len(), 3);
}

#[test]
fn files_of_variables_are_looked_at() {
    let both = |path: &str| {
        [json!({"environment_file": path}), json!({"extra": {"Service": {"EnvironmentFile": path}}})]
    };
    for (path, kind, told) in [
        ("/etc/missing.env", Some(WarningKind::Config), "is no file"),
        ("/etc/public.env", Some(WarningKind::Secret), "chmod 600"),
        ("/etc/private.env", None, ""),
        ("/hidden/a.env", None, ""),
    ] {
        for keys in both(path) {
            let warnings = check(with(keys)).unwrap().warnings(&Table);
            assert_eq!(warnings.first().map(|warning| warning.kind), kind, "{path}");
            assert!(
                warnings.iter().all(|warning| warning.text.contains(told) && warning.text.contains(path))
            );
            assert_eq!(warnings.len(), usize::from(kind.is_some()));
        }
    }
    for values in
        [&["-/etc/missing.env"][..], &["/etc/%N.missing"], &["/etc/missing.*"], &["/etc/missing.env", ""]]
    {
        let app = with(json!({"extra": {"Service": {"EnvironmentFile": values}}}));
        assert_eq!(check(app).unwrap().warnings(&Table), [], "{values:?}");
    }
}

#[test]
fn sections_and_settings_that_nobody_knows_are_noted() {
    for (section, key, told) in [
        ("Service", "MemoyMax", Some("did you mean MemoryMax?")),
        ("Service", "memorymax", Some("did you mean MemoryMax?")),
        ("Service", "SettingOfSystemd300", Some("[Service] SettingOfSystemd300")),
        ("Serivce", "MemoryMax", Some("did you mean [Service]?")),
        ("Timer", "OnCalendar", Some("[Timer]")),
        ("Service", "X-Mine", None),
        ("X-Mine", "Anything", None),
        ("Service", "MemoryMax", None),
    ] {
        let app = with(json!({"extra": {section: {key: "1G"}}}));
        let warnings = check(app).unwrap().warnings(&Table);
        assert_eq!(warnings.len(), usize::from(told.is_some()), "{section} {key}: {warnings:?}");
        for warning in warnings {
            assert_eq!(warning.kind, WarningKind::Config);
            assert!(warning.text.contains(told.unwrap_or_default()), "{}", warning.text);
        }
    }
}
