//! systemd's private socket, with a fake behind it.

use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::thread::JoinHandle;

use tempfile::TempDir;

use crate::fake_peer::FakePeer;

/// A socket that waits for its one client.
pub(crate) struct Server {
    /// The socket.
    pub(crate) path: PathBuf,
    fake: JoinHandle<FakePeer>,
    _folder: TempDir,
}

impl Server {
    /// A server that accepts its client, does what `greet` says, and is then given back by [`Server::peer`].
    pub(crate) fn start(greet: impl FnOnce(&mut FakePeer) + Send + 'static) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("systemd/private");
        std::fs::create_dir(folder.path().join("systemd")).unwrap();
        let listener = UnixListener::bind(&path).unwrap();
        let fake = std::thread::spawn(move || {
            let mut fake = FakePeer::new(listener.accept().unwrap().0);
            fake.authenticate();
            greet(&mut fake);
            fake
        });
        Self { path, fake, _folder: folder }
    }

    /// The other end, once it has greeted: from here on there is no second thread.
    pub(crate) fn peer(self) -> FakePeer {
        self.fake.join().unwrap()
    }
}
