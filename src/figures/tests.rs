//! Against folders as the kernel has them: `tests/data/cgroup`.

use super::{Figures, Hierarchies, MemorySource, Reader};

fn reader(tree: &str) -> Reader {
    Reader::new(Hierarchies::at(format!("{}/tests/data/cgroup/{tree}", env!("CARGO_MANIFEST_DIR"))))
}

fn units(tree: &str, group: &str) -> Vec<String> {
    let mut found: Vec<_> = reader(tree)
        .units_below(group)
        .unwrap()
        .into_iter()
        .map(|group| group.unit.as_str().to_owned())
        .collect();
    found.sort();
    found
}

fn figures(tree: &str, group: &str) -> Figures {
    let read = reader(tree).read([group].into_iter(), false).remove(0).unwrap();
    assert!(read.group.is_some());
    Figures { monotonic: 0, group: None, ..read }
}

#[test]
fn units_are_those_of_the_manager_alone() {
    let system = [
        "cpu.service",
        "init.scope",
        "job.service",
        "job@1.service",
        "system-job.slice",
        "system.slice",
        "user-1000.slice",
        "user.slice",
        "user@1000.service",
        "web.service",
    ];
    assert_eq!(units("v2", ""), system);
    assert_eq!(units("v2", "/"), system);
    let of_user = "/user.slice/user-1000.slice/user@1000.service";
    assert_eq!(units("v2", of_user), ["app.service", "app.slice", "init.scope"]);
    assert_eq!(units("v1", ""), ["plain.service", "system.slice", "web.service"]);
    assert_eq!(units("hybrid", "/"), ["plain.service", "system.slice", "web.service"]);
    assert!(reader("v2").units_below("/none").is_err());
    assert_eq!(units("none", ""), [""; 0]);
}

#[test]
fn every_hierarchy_tells_the_same() {
    let read = figures("v2", "/system.slice/web.service");
    assert_eq!([read.cpu, read.cpu_user, read.cpu_system], [Some(2_500_000), Some(2_000_000), Some(500_000)]);
    assert_eq!(
        [read.memory, read.memory_peak, read.memory_swap],
        [Some(8_388_608), Some(9_437_184), Some(65_536)]
    );
    assert_eq!(read.memory_without_cache, Some(5_888_608));
    assert_eq!(read.memory_source, Some(MemorySource::ControlGroup));
    assert_eq!([read.memory_limit, read.tasks_limit, read.tasks], [Some(50_000_000), Some(100), Some(3)]);
    assert_eq!([read.io_read_bytes, read.io_written_bytes], [Some(5096), Some(8192)]);
    assert_eq!([read.io_reads, read.io_writes], [Some(4), Some(2)]);
    assert_eq!(read.oom_kills, Some(2));
    let totals = [read.cpu_pressure, read.memory_pressure, read.io_pressure]
        .map(|pressure| pressure.map(|pressure| pressure.some.total));
    assert_eq!(totals, [Some(1234), Some(5), Some(99)]);

    let without_pressure = Figures {
        cpu_pressure: None,
        memory_pressure: None,
        io_pressure: None,
        tasks_limit: None,
        ..read.clone()
    };
    assert_eq!(figures("v1", "/system.slice/web.service"), without_pressure);
    let hybrid = Figures {
        cpu: Some(2_500_001),
        cpu_system: Some(500_001),
        cpu_pressure: read.cpu_pressure,
        ..without_pressure
    };
    assert_eq!(figures("hybrid", "/system.slice/web.service"), hybrid);
}

#[test]
fn the_least_limit_binds() {
    let job = figures("v2", "/system.slice/system-job.slice/job@1.service");
    assert_eq!([job.memory_limit, job.tasks_limit], [Some(30_000_000), Some(100)]);
    assert_eq!(figures("v2", "/init.scope").memory_limit, None);
}

/// What a controller does not count is not taken from the group above, which others are in, too.
#[test]
fn what_is_not_counted_is_none() {
    for tree in ["v1", "hybrid"] {
        let plain = figures(tree, "/system.slice/plain.service");
        assert_eq!([plain.tasks, plain.io_reads, plain.oom_kills], [Some(2), None, None], "{tree}");
        assert_eq!(plain.cpu, (tree == "hybrid").then_some(5));
    }
    assert_eq!(figures("v2", "/system.slice/job.service").tasks, Some(2), "with those of the groups below");
}

/// The kernel has no files of a controller in a group whose parent does not give it.
#[test]
fn files_of_controllers_that_are_not_given_are_not_looked_for() {
    let app = figures("v2", "/user.slice/user-1000.slice/user@1000.service/app.slice/app.service");
    assert_eq!(app.tasks, Some(1));
    assert_ne!(app.memory_source, Some(MemorySource::ControlGroup));
}

/// The kernel gives a part of a long list at a time.
#[test]
fn long_files_are_read_to_their_end() {
    let folder = std::env::temp_dir().join(format!("pm2go-figures-{}", std::process::id()));
    let group = folder.join("long.service");
    std::fs::create_dir_all(&group).unwrap();
    std::fs::write(folder.join("cgroup.procs"), "").unwrap();
    let threads = "7\n".repeat(50_000);
    std::fs::write(group.join("cgroup.threads"), threads).unwrap();
    let read = Reader::new(Hierarchies::at(&folder)).read(["/long.service"].into_iter(), false);
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(read[0].as_ref().unwrap().tasks, Some(50_000));
}

/// A slice with a thousand services would be looked through twice.
#[test]
fn what_is_in_a_slice_need_not_be_read_again() {
    let direct = figures("v1", "/system.slice");
    assert_eq!(direct.tasks, Some(2 + 3));
    let known = Figures { tasks: Some(40), ..Figures::default() };
    let mut reader = reader("v1").knowing([("/system.slice/plain.service", &known)].into_iter());
    let read = reader.read(["/system.slice"].into_iter(), false).remove(0).unwrap();
    assert_eq!(read.tasks, Some(40 + 3));
}

#[test]
fn what_is_gone_has_no_figures() {
    let groups = ["/system.slice/gone.service", "/system.slice/web.service"];
    let read = reader("v2").read(groups.into_iter(), true);
    assert_eq!(read.iter().map(Option::is_some).collect::<Vec<_>>(), [false, true]);
}
