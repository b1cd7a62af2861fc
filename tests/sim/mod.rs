//! A simulation of watching: the pump and the room, as they are, against a systemd, a bus and a network that a seed
//! decides. A run that fails tells its seed, and `PM2GO_SIM_SEED` runs that one again, step by step the same.
//!
//! What must be true (the numbers are those of the design):
//! each wanted signal yields its event or lies under a gap (1); each job ends once (2); all events add up to how the
//! units are (3); each begins with what the one before it left, and the numbers rise by one (4); who comes and goes
//! changes nobody else's stream (5); memory stays within its bound, and what nobody wants is forgotten (6); an outage is
//! told once (7); a look when nothing has happened tells nothing (8); who joins is told of nothing older and of
//! all there was, and who reads a
//! table after a change of his own sees it (9). A live table equals systemd whenever all has come, and each change of it
//! has a version of its own.

mod network;
mod random;
mod systemd;
mod table;
mod watcher;

use std::future::Future;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use self::network::{SimulatedWay, World, lock};
use self::random::Random;
use self::table::Table;
use self::watcher::{Asked, Watcher, kinds, named_kinds, without_time};
use super::desk::{Desk, Shared};
use super::pump::pump;

/// So many steps of each seed, and between two times when all comes to rest.
const STEPS: usize = 2_000;
const STEPS_TO_REST: usize = 150;
/// In one of so many seeds there are so many readers.
const CROWDED: u64 = 20;
const CROWD: usize = 100;
/// More than any rest needs.
const PATIENCE: usize = 100_000;

struct Simulation {
    random: Random,
    world: network::Shared,
    shared: Arc<Shared>,
    pump: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    watchers: Vec<Watcher>,
    /// What they may ask for.
    kinds: Vec<Asked>,
    tables: Vec<Table>,
    /// These two ask for the same from the beginning to the end.
    twins: [u64; 2],
}

impl Simulation {
    fn new(seed: u64) -> Self {
        let mut simulation = Self {
            random: Random::new(seed),
            world: network::Shared::new(World::default().into()),
            shared: Arc::default(),
            pump: None,
            watchers: Vec::new(),
            // Where all ask for single units nothing else is heard of.
            kinds: if seed.is_multiple_of(3) { named_kinds() } else { kinds() },
            tables: Vec::new(),
            twins: [0, 0],
        };
        let first = simulation.kinds[0].clone();
        simulation.twins = [first.clone(), first.clone()].map(|asked| simulation.join(asked));
        if seed.is_multiple_of(CROWDED) {
            for _ in 0..CROWD {
                simulation.join(first.clone());
            }
        }
        simulation
    }

    fn join(&mut self, asked: Asked) -> u64 {
        let world = lock(&self.world);
        let is_hold = asked.patterns == ["a"] && self.random.once_in(2);
        let known = if is_hold { world.systemd.units.get("a.service").cloned() } else { None };
        let known = known.map(|state| ("a.service".to_owned(), state));
        let wanted = asked.wanted(known.clone());
        let id = self.shared.change(|desk, _| desk.room.join(wanted)).unwrap();
        self.watchers.push(Watcher::new(id, asked, known, &world.systemd));
        id
    }

    fn open(&mut self, asked: Asked) {
        let id = self.shared.change(|desk, _| desk.room.join(Table::wanted(&asked))).unwrap();
        self.tables.push(Table::new(id, asked));
    }

    fn close(&mut self) {
        if !self.tables.is_empty() {
            let table = self.tables.swap_remove(self.random.below(self.tables.len()));
            self.shared.change(|desk, _| desk.room.leave(table.id));
        }
    }

    /// One of the tables is looked at, or its owner changes something.
    fn use_table(&mut self) {
        if self.tables.is_empty() {
            return;
        }
        let place = self.random.below(self.tables.len());
        let (table, has_changed) = (&mut self.tables[place], self.random.once_in(4));
        let world = lock(&self.world);
        self.shared.change(|desk, _| {
            table.look(desk, &world.systemd);
            table.check_current(desk, &world);
            if has_changed {
                table.owner_changes(desk, &world.systemd);
            }
        });
    }

    fn leave(&mut self) {
        let place = self.random.below(self.watchers.len());
        if !self.twins.contains(&self.watchers[place].id) {
            let watcher = self.watchers.swap_remove(place);
            self.shared.change(|desk, _| desk.room.leave(watcher.id));
        }
    }

    /// All leave, and the pump has nothing left to do.
    fn end(mut self) {
        while !self.tables.is_empty() {
            self.close();
        }
        for watcher in std::mem::take(&mut self.watchers) {
            self.shared.change(|desk, _| desk.room.leave(watcher.id));
        }
        self.poll();
        assert!(self.pump.is_none());
    }

    fn poll(&mut self) {
        lock(&self.world).tries = 0;
        let pump = self.pump.get_or_insert_with(|| {
            Box::pin(pump(Arc::clone(&self.shared), SimulatedWay(Arc::clone(&self.world))))
        });
        if pump.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready() {
            self.pump = None;
        }
    }

    /// One reader takes what waits for it, or some of it.
    fn read(&mut self, place: usize, most: usize) -> bool {
        let watcher = &mut self.watchers[place];
        for taken in 0..most {
            match self.shared.change(|desk, now| desk.room.take(watcher.id, now)).unwrap() {
                Ok(Some(event)) => watcher.hear(&event, &lock(&self.world).systemd),
                Ok(None) => {
                    if self.shared.look(|desk| desk.room.has_begun(watcher.id)).unwrap() {
                        watcher.check_beginning(&lock(&self.world).systemd);
                    }
                    return taken > 0;
                }
                // It cannot begin now, and goes on waiting.
                Err(_) => {}
            }
        }
        true
    }

    /// systemd does something, and who knows how things are is to hear of it.
    fn act(&mut self) {
        let mut world = lock(&self.world);
        world.systemd.act(&mut self.random);
        for sent in &world.systemd.out {
            for watcher in &mut self.watchers {
                if self.shared.look(|desk| desk.room.has_begun(watcher.id)).unwrap() {
                    watcher.expect(sent, &world.systemd);
                }
            }
        }
        world.send();
    }

    /// What is lost then, if anything is, has to be told to who knew how things are, and has not been told yet.
    fn fault(&mut self, cause: impl FnOnce(&mut World, &mut Random) -> bool) {
        let is_lost = cause(&mut lock(&self.world), &mut self.random);
        for watcher in &mut self.watchers {
            let has_to_hear =
                |desk: &mut Desk| desk.room.has_begun(watcher.id) && !desk.room.is_out(watcher.id);
            let has_to_hear = self.shared.look(has_to_hear).unwrap();
            watcher.fault(is_lost && has_to_hear);
        }
    }

    fn something_breaks(&mut self) {
        match self.random.below(4) {
            0 => self.fault(|world, _| world.cut()),
            1 => self.fault(|world, random| {
                world.is_away = true;
                world.systemd.execute_anew(random);
                world.cut()
            }),
            2 => self.fault(World::execute_anew),
            _ => {
                self.fault(|world, _| world.overflow());
                self.watchers.iter_mut().for_each(Watcher::overflow);
            }
        }
    }

    fn step(&mut self) {
        match self.random.below(200) {
            0 => self.something_breaks(),
            1..=6 => {
                let asked = self.random.one_of(&self.kinds).clone();
                self.join(asked);
            }
            7..=12 => self.leave(),
            161..=163 => {
                let asked = self.random.one_of(&self.kinds).clone();
                self.open(asked);
            }
            164 | 165 => self.close(),
            166..=172 => self.use_table(),
            173 => lock(&self.world).fork(),
            174 => lock(&self.world).lie_unread(self.watchers.len()),
            13..=16 => lock(&self.world).is_away = false,
            17..=60 => self.act(),
            61..=90 => drop(lock(&self.world).answer()),
            91..=130 => drop(lock(&self.world).deliver()),
            131..=160 => {
                let (place, most) = (self.random.below(self.watchers.len()), self.random.below(6));
                self.read(place, most);
            }
            _ => self.poll(),
        }
    }

    /// All that is on its way comes, and is taken.
    fn rest(&mut self) {
        lock(&self.world).is_away = false;
        for _ in 0..PATIENCE {
            let mut has_moved = {
                let mut world = lock(&self.world);
                world.send();
                world.answer() | world.deliver()
            };
            self.poll();
            for place in 0..self.watchers.len() {
                has_moved |= self.read(place, usize::MAX);
            }
            let is_asking = self.shared.look(|desk| desk.room.has_question()).unwrap();
            let have_begun =
                |watcher: &Watcher| self.shared.look(|desk| desk.room.has_begun(watcher.id)).unwrap();
            let is_filled = |table: &Table| self.shared.look(|desk| desk.room.has_begun(table.id)).unwrap();
            if !has_moved
                && !is_asking
                && lock(&self.world).is_quiet()
                && self.watchers.iter().all(have_begun)
                && self.tables.iter().all(is_filled)
            {
                return;
            }
        }
        panic!("it does not come to rest");
    }

    fn check(&mut self) {
        let mut world = lock(&self.world);
        world.systemd.silent.clear();
        for watcher in &mut self.watchers {
            watcher.check(&world.systemd);
        }
        for table in &mut self.tables {
            self.shared.look(|desk| table.check(desk, &world.systemd));
        }
        let bytes = self.shared.look(|desk| desk.room.check_bytes()).unwrap();
        assert_eq!(bytes, 0, "nothing waits");
        self.shared.look(|desk| desk.room.check_units()).unwrap();
        let logs = self.twins.map(|id| {
            let twin = self.watchers.iter_mut().find(|watcher| watcher.id == id).unwrap();
            std::mem::take(&mut twin.log).iter().map(without_time).collect::<Vec<_>>()
        });
        assert_eq!(logs[0], logs[1], "others came between");
    }

    /// A look tells nothing where nothing has happened.
    fn look_again(&mut self) {
        self.shared.change(|desk, _| desk.room.look_again());
        self.rest();
        for watcher in &self.watchers {
            assert!(!self.twins.contains(&watcher.id) || watcher.log.is_empty(), "{:?}", watcher.log);
        }
    }
}

fn run(seed: u64) {
    let mut simulation = Simulation::new(seed);
    for step in 1..=STEPS {
        simulation.step();
        if step % STEPS_TO_REST == 0 {
            simulation.rest();
            simulation.check();
            simulation.look_again();
        }
    }
    simulation.end();
}

/// Says which seed it was that something fails with.
fn run_and_tell(seed: u64) {
    let outcome = catch_unwind(AssertUnwindSafe(|| run(seed)));
    assert!(outcome.is_ok(), "PM2GO_SIM_SEED={seed} shows it again");
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// For ten seconds, or as long as `PM2GO_SIM_SECONDS` says.
#[test]
fn whatever_happens_readers_are_told_the_truth() {
    if let Some(seed) = number("PM2GO_SIM_SEED") {
        return run(seed);
    }
    let seconds = number("PM2GO_SIM_SECONDS").unwrap_or(10);
    let until = Instant::now() + Duration::from_secs(seconds);
    let mut seed = number("PM2GO_SIM_FIRST").unwrap_or(1);
    let first = seed;
    while Instant::now() < until {
        run_and_tell(seed);
        seed += 1;
    }
    let steps = u128::from(seed - first) * STEPS as u128;
    let a_minute = steps * 60 / u128::from(seconds.max(1));
    // In a test's output, which is shown with --nocapture.
    std::io::stdout()
        .write_all(format!("{} seeds, {a_minute} steps a minute\n", seed - first).as_bytes())
        .unwrap();
}

/// Each defect that was put back is found, most by the first seeds.
#[cfg(feature = "defects")]
#[test]
fn each_defect_is_found() {
    use super::defect::{Defect, PutBack};

    const MOST_SEEDS: u64 = 1_000;
    let find = |defect: Defect| {
        let _back = PutBack::new(defect);
        let found = (1..=MOST_SEEDS).find(|seed| catch_unwind(AssertUnwindSafe(|| run(*seed))).is_err());
        let found = found.unwrap_or_else(|| panic!("{defect:?} is not found"));
        std::io::stdout().write_all(format!("{defect:?}: seed {found}\n").as_bytes()).unwrap();
    };
    // Each is put back on one thread only.
    std::thread::scope(|scope| {
        for defect in Defect::ALL {
            scope.spawn(move || find(defect));
        }
    });
}
