//! Who has a process number. Linux gives the number of a process that is gone to a new one.

use std::os::fd::AsRawFd;

use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use crate::error::{Error, Kind, Result};
use crate::flow::TOO_MANY_FILES;
use crate::value::Descriptor;

/// Who has a process number.
#[derive(Clone, Debug)]
pub enum Holder {
    /// The process of this pidfd.
    Process(Descriptor),
    /// No process that is seen from here.
    Nobody,
    /// This cannot be told: the kernel is older than 5.3, or the number is that of a thread.
    Untold,
}

impl Holder {
    /// Who has it now.
    pub fn of(number: u32) -> Result<Self> {
        let Some(pid) = i32::try_from(number).ok().and_then(Pid::from_raw) else { return Ok(Self::Nobody) };
        match pidfd_open(pid, PidfdFlags::empty()) {
            Ok(pidfd) => Ok(Self::Process(pidfd.into())),
            Err(Errno::SRCH) => Ok(Self::Nobody),
            Err(errno @ (Errno::MFILE | Errno::NFILE)) => {
                let message = format!("cannot look at the process {number}: {errno}");
                Err(Error::new(Kind::Unavailable, message)
                    .with_errno(Some(errno.raw_os_error()))
                    .with_hint(TOO_MANY_FILES)
                    .with_unsent(true))
            }
            Err(_) => Ok(Self::Untold),
        }
    }

    /// Whether the number is still whose it was. A process that has ended keeps it until its parent has heard of that.
    pub fn still_has(&self, number: u32) -> Result<bool> {
        match self {
            Self::Process(pidfd) => Ok(has_number(pidfd)),
            Self::Nobody => Ok(!matches!(Self::of(number)?, Self::Process(_))),
            Self::Untold => Ok(true),
        }
    }
}

fn has_number(pidfd: &Descriptor) -> bool {
    let no_information = std::ptr::null::<libc::siginfo_t>();
    #[expect(unsafe_code, reason = "rustix does not send the signal 0, which only looks")]
    // SAFETY: pidfd_send_signal(2) reads nothing but its numbers where the information is a null pointer.
    let result = unsafe {
        let pidfd = pidfd.shared().as_raw_fd();
        libc::syscall(libc::SYS_pidfd_send_signal, pidfd, 0, no_information, 0)
    };
    // Whoever may not send it is told so, and not that there is no such process.
    result == 0 || std::io::Error::last_os_error().raw_os_error() != Some(libc::ESRCH)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_number_is_its_processs_until_that_was_waited_for() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let number = child.id();
        let holder = Holder::of(number).unwrap();
        assert!(matches!(holder, Holder::Process(_)));
        assert!(holder.still_has(number).unwrap());
        child.kill().unwrap();
        // It has ended when it can be waited for; until then the number is nobody else's.
        let exited = rustix::process::WaitIdOptions::EXITED | rustix::process::WaitIdOptions::NOWAIT;
        let pid = Pid::from_child(&child);
        rustix::process::waitid(rustix::process::WaitId::Pid(pid), exited).unwrap();
        assert!(holder.still_has(number).unwrap());
        child.wait().unwrap();
        assert!(!holder.still_has(number).unwrap());
        // Others may take it from now on.
    }

    #[test]
    fn a_number_of_nobody_is_not_that_of_somebody_who_comes() {
        let no_number = u32::MAX;
        let nobody = Holder::of(no_number).unwrap();
        assert!(matches!(nobody, Holder::Nobody));
        assert!(nobody.still_has(no_number).unwrap());
        assert!(!nobody.still_has(std::process::id()).unwrap());
    }
}
