//! Users of this machine.

use std::ffi::{CString, c_char};
use std::mem::MaybeUninit;
use std::ptr;

use crate::error::{Error, Result};

/// What the record of a user takes at most.
const MOST_BYTES: usize = 1 << 20;

/// The number of the user that this process acts as.
#[must_use]
pub fn own_uid() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// The number of a user of this name; a number stands for itself.
pub fn uid_of(name: &str) -> Result<u32> {
    if let Ok(uid) = name.parse() {
        return Ok(uid);
    }
    let found = CString::new(name).ok().map_or(Ok(None), |name| look_up(&name));
    match found {
        Ok(Some(uid)) => Ok(uid),
        Ok(None) => Err(Error::config(format!("there is no user {name:?} on this machine"))
            .with_hint("give the name or the number of one that `getent passwd` knows")),
        Err(errno) => {
            let error = std::io::Error::from_raw_os_error(errno);
            Err(Error::config(format!("cannot look up the user {name:?}: {error}")).with_errno(Some(errno)))
        }
    }
}

/// `getpwnam_r(3)`; an error is a number of errno(3).
fn look_up(name: &CString) -> std::result::Result<Option<u32>, i32> {
    let mut bytes: Vec<c_char> = vec![0; 1024];
    loop {
        let mut record = MaybeUninit::<libc::passwd>::uninit();
        let mut found = ptr::null_mut();
        #[expect(
            unsafe_code,
            reason = "rustix does not ask for users, who may be anywhere (nsswitch.conf(5))"
        )]
        // SAFETY: the name ends in a zero byte; record, bytes and found are ours alone during the call, and it is told how
        // many bytes there are. Where it sets `found` that points to the record, which it has filled then.
        let (code, uid) = unsafe {
            let code = libc::getpwnam_r(
                name.as_ptr(),
                record.as_mut_ptr(),
                bytes.as_mut_ptr(),
                bytes.len(),
                &raw mut found,
            );
            (code, (code == 0 && !found.is_null()).then(|| (*found).pw_uid))
        };
        match code {
            0 | libc::ENOENT | libc::ESRCH => return Ok(uid),
            libc::EINTR => {}
            libc::ERANGE if bytes.len() < MOST_BYTES => bytes.resize(bytes.len() * 4, 0),
            errno => return Err(errno),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_by_name_and_number() {
        assert_eq!(uid_of("root"), Ok(0));
        assert_eq!(uid_of("1234"), Ok(1234));
        let error = uid_of("no-such-user").unwrap_err();
        assert!(error.to_string().contains("no-such-user") && error.facts().hint.is_some());
        assert!(uid_of("a\0b").is_err());
    }
}
