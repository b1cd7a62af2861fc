//! A keeper that reads in an owner's place, and is gone while somebody forks.

#[expect(dead_code, reason = "the library uses more of it")]
#[path = "../../src/bus/keeper/post.rs"]
mod post;

use std::sync::Arc;

use shuttle::sync::{Condvar, Mutex};
use shuttle::thread;

use self::post::Post;
use crate::in_all_orders;

const SIGNALS: u32 = 4;

/// What the peer sent and nobody has read yet, what was read, and who reads at this moment.
#[derive(Default)]
struct Socket {
    sent: u32,
    read: Vec<u32>,
    /// The leadership: an owner that leads is not read for.
    led: bool,
    reading: bool,
}

/// What the keeper works on. What wakes it is heard of once, as an event descriptor is.
#[derive(Default)]
struct Desk {
    is_over: bool,
}

#[derive(Default)]
struct Process {
    post: Post<Desk>,
    socket: Mutex<Socket>,
    /// Something has come, or the bell has rung.
    news: Mutex<bool>,
    heard: Condvar,
    /// How many are forking.
    forking: Mutex<u32>,
}

impl Process {
    fn ring(&self) {
        *self.news.lock().unwrap() = true;
        self.heard.notify_all();
    }

    /// In the place of poll(2).
    fn poll(&self) {
        let mut news = self.news.lock().unwrap();
        while !*news {
            news = self.heard.wait(news).unwrap();
        }
        *news = false;
    }

    fn attend(self: &Arc<Self>) {
        let process = Arc::clone(self);
        self.post.man(|_| Ok(thread::spawn(move || process.keep()))).unwrap();
    }

    fn keep(&self) {
        assert_eq!(*self.forking.lock().unwrap(), 0, "the keeper comes while somebody forks");
        while self.post.next(|desk| (!desk.is_over).then_some(())).is_some() {
            let mut has_read = true;
            while has_read && self.post.go_on(|_| Some(())).is_some() {
                has_read = self.read(false);
            }
            if self.post.next(|desk| (!desk.is_over).then_some(())).is_none() {
                return;
            }
            self.poll();
        }
    }

    /// Reads one signal in two steps, as the lock of a connection lets one reader do; true if there was one.
    fn read(&self, leads: bool) -> bool {
        let mut socket = self.socket.lock().unwrap();
        if socket.led != leads || u32::try_from(socket.read.len()).unwrap() == socket.sent {
            return false;
        }
        assert!(!std::mem::replace(&mut socket.reading, true), "two readers");
        if !leads {
            assert_eq!(*self.forking.lock().unwrap(), 0, "the keeper reads while somebody forks");
        }
        let next = u32::try_from(socket.read.len()).unwrap();
        thread::yield_now();
        socket.read.push(next);
        socket.reading = false;
        true
    }

    fn send(&self) {
        self.socket.lock().unwrap().sent += 1;
        self.ring();
    }

    fn fork(self: &Arc<Self>) {
        self.post.clear(|_| self.ring());
        *self.forking.lock().unwrap() += 1;
        thread::yield_now();
        *self.forking.lock().unwrap() -= 1;
        if self.post.reopen() {
            self.attend();
        }
    }
}

/// I12. The peer sends, two threads fork, the owner leads for a moment and has the keeper come: whoever reads reads all,
/// in order, and the keeper does not read from the moment on when a fork may begin.
#[test]
fn nobody_reads_while_the_process_forks_and_nothing_is_lost() {
    in_all_orders(|| {
        let process = Arc::<Process>::default();
        process.attend();
        let spawn = |work: fn(&Arc<Process>)| {
            let process = Arc::clone(&process);
            thread::spawn(move || work(&process))
        };
        let all = [
            spawn(|process| (0..SIGNALS).for_each(|_| process.send())),
            spawn(|process| (0..2).for_each(|_| process.fork())),
            spawn(Process::fork),
            spawn(|process| {
                process.socket.lock().unwrap().led = true;
                process.read(true);
                process.socket.lock().unwrap().led = false;
                process.attend();
                process.ring();
            }),
        ];
        for thread in all {
            thread.join().unwrap();
        }
        process.post.with(|desk| desk.is_over = true);
        process.attend();
        process.post.clear(|_| process.ring());
        // The rest is the owner's, who comes back.
        process.socket.lock().unwrap().led = true;
        while process.read(true) {}
        let read = std::mem::take(&mut process.socket.lock().unwrap().read);
        assert_eq!(read, (0..SIGNALS).collect::<Vec<_>>());
    });
}
