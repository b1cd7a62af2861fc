//! A pseudo terminal of our own, see pty(7).

use std::io;
use std::os::fd::AsFd;

use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{Winsize, tcgetwinsize, tcsetwinsize};

use crate::value::Descriptor;

/// The character that ends a terminal's input where it stands at the begin of a line, and the line where it does not.
pub(crate) const END_OF_INPUT: u8 = 4;

/// How many characters it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TerminalSize {
    /// One below the other.
    pub rows: u16,
    /// Beside each other.
    pub columns: u16,
}

impl TerminalSize {
    /// That of the first of these that is a terminal and has one.
    pub(crate) fn of_any<D: AsFd>(descriptors: impl IntoIterator<Item = D>) -> Option<Self> {
        let sizes = descriptors.into_iter().filter_map(|one| tcgetwinsize(one).ok());
        let mut sizes = sizes.map(|size| Self { rows: size.ws_row, columns: size.ws_col });
        sizes.find(|size| size.rows > 0 && size.columns > 0)
    }

    /// Gives a terminal this size: its program hears of that (`SIGWINCH`).
    pub(crate) fn set(self, terminal: &Descriptor) -> io::Result<()> {
        let size = Winsize { ws_row: self.rows, ws_col: self.columns, ws_xpixel: 0, ws_ypixel: 0 };
        Ok(tcsetwinsize(terminal.shared(), size)?)
    }
}

/// A pseudo terminal.
#[derive(Clone, Debug)]
pub(crate) struct Terminal {
    /// Our end.
    pub(crate) ours: Descriptor,
    /// The end that programs have. While it is open, that no program has it yet, or any more, is no end of its output.
    pub(crate) theirs: Descriptor,
}

impl Terminal {
    /// A new one of this size.
    pub(crate) fn open(size: TerminalSize) -> io::Result<Self> {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let ours = openpt(flags)?;
        grantpt(&ours)?;
        unlockpt(&ours)?;
        let theirs = ioctl_tiocgptpeer(&ours, flags)?;
        let ours = Descriptor::from(ours);
        size.set(&ours)?;
        Ok(Self { ours, theirs: theirs.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: TerminalSize = TerminalSize { rows: 7, columns: 70 };

    #[test]
    fn it_has_its_size() {
        let terminal = Terminal::open(SIZE).unwrap();
        assert!(rustix::termios::isatty(terminal.theirs.shared()));
        let (nothing, _) = crate::process::stream::pipe().unwrap();
        assert_eq!(TerminalSize::of_any([&nothing]), None);
        assert_eq!(TerminalSize::of_any([&nothing, terminal.theirs.shared()]), Some(SIZE));
        let larger = TerminalSize { rows: 8, columns: 80 };
        larger.set(&terminal.ours).unwrap();
        assert_eq!(TerminalSize::of_any([terminal.theirs.shared()]), Some(larger));
    }
}
