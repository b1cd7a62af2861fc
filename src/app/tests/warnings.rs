//! What the caller is warned of.

use super::*;

#[test]
fn secrets_are_warned_about_and_hidden() {
    let settings = AppSettings {
        args: Some(words(&["--token", "hidden1"])),
        env: Some(
            [("DB_PASSWORD".to_owned(), "hidden2".to_owned()), ("MODE".to_owned(), "shown".to_owned())]
                .into(),
        ),
        extra: Some(extra("Service", "Environment", &["API_KEY=hidden3"])),
        ..with_script("a.py")
    };
    let before = format!("{settings:?}");
    let app = check(settings).unwrap();
    let warnings: Vec<String> = app.warnings(&Table).into_iter().map(|warning| warning.text).collect();
    let warnings = warnings.join("\n");
    for shown in [before, format!("{app:?}"), format!("{:?}", *app), warnings.clone()] {
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
        let ours = AppSettings { environment_file: Some(path.to_owned()), ..with_script("a.py") };
        let passed =
            AppSettings { extra: Some(extra("Service", "EnvironmentFile", &[path])), ..with_script("a.py") };
        [ours, passed]
    };
    for (path, kind, told) in [
        ("/etc/missing.env", Some(WarningKind::Config), "is no file"),
        ("/etc/public.env", Some(WarningKind::Secret), "chmod 600"),
        ("/etc/private.env", None, ""),
        ("/hidden/a.env", None, ""),
    ] {
        for settings in both(path) {
            let warnings = check(settings).unwrap().warnings(&Table);
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
        let settings =
            AppSettings { extra: Some(extra("Service", "EnvironmentFile", values)), ..with_script("a.py") };
        assert_eq!(check(settings).unwrap().warnings(&Table), [], "{values:?}");
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
        let settings = AppSettings { extra: Some(extra(section, key, &["1G"])), ..with_script("a.py") };
        let warnings = check(settings).unwrap().warnings(&Table);
        assert_eq!(warnings.len(), usize::from(told.is_some()), "{section} {key}: {warnings:?}");
        for warning in warnings {
            assert_eq!(warning.kind, WarningKind::Config);
            assert!(warning.text.contains(told.unwrap_or_default()), "{}", warning.text);
        }
    }
}
