//! Exit codes of a process that systemd made and that never got to run its program: "Process Exit Codes" in
//! systemd.exec(5).

/// Its program could not be executed.
const NO_PROGRAM: i64 = 203;

/// What could not be done, by exit code.
const CAUSES: [(i32, &str); 40] = [
    (200, "its working directory could not be entered"),
    (201, "its Nice= could not be set"),
    (202, "its file descriptors could not be set up"),
    (203, "its program could not be executed"),
    (204, "there was not enough memory to start it"),
    (205, "its resource limits could not be set"),
    (206, "its OOMScoreAdjust= could not be set"),
    (207, "its signal mask could not be set"),
    (208, "its standard input could not be set up"),
    (209, "its standard output could not be set up"),
    (210, "its root directory could not be entered"),
    (211, "its IOSchedulingClass= could not be set"),
    (212, "its TimerSlackNSec= could not be set"),
    (213, "its SecureBits= could not be set"),
    (214, "its CPUSchedulingPolicy= could not be set"),
    (215, "its CPUAffinity= could not be set"),
    (216, "its group does not exist"),
    (217, "its user does not exist"),
    (218, "its capabilities could not be set"),
    (219, "its control group could not be set up"),
    (220, "its session could not be made"),
    (221, "its confirmation was refused"),
    (222, "its standard error could not be set up"),
    (224, "its PAM session could not be set up"),
    (225, "its network namespace could not be set up"),
    (226, "its mount namespace could not be set up"),
    (227, "its NoNewPrivileges= could not be set"),
    (228, "its system call filter could not be set"),
    (229, "its SELinuxContext= could not be set"),
    (230, "its Personality= could not be set"),
    (231, "its AppArmorProfile= could not be set"),
    (232, "its RestrictAddressFamilies= could not be set"),
    (233, "its RuntimeDirectory= could not be made"),
    (237, "its kernel keyring could not be set up"),
    (238, "its StateDirectory= could not be made"),
    (239, "its CacheDirectory= could not be made"),
    (240, "its LogsDirectory= could not be made"),
    (241, "its ConfigurationDirectory= could not be made"),
    (242, "its NUMAPolicy= could not be set"),
    (243, "its credentials could not be set up"),
];

/// Whether systemd ends with this code a process that it could not prepare for its program. A program may end with it, too.
pub(super) fn is_of_systemd(code: i64) -> bool {
    (200..=245).contains(&code)
}

/// Whether such a process was that of its program, by when that was handed over to it, which systemd 256 and newer tells
/// (0 if it was not): after that only the program itself may be at fault.
pub(super) fn was_executed(code: i64, handed_over: Option<u64>) -> Option<bool> {
    (handed_over.is_some_and(|time| time > 0) && code != NO_PROGRAM).then_some(true)
}

/// What could not be done, if this is one of systemd's own codes.
pub(super) fn cause(code: i32) -> Option<&'static str> {
    CAUSES.iter().find(|(known, _)| *known == code).map(|(_, cause)| *cause)
}

/// The settings whose values say more, by exit code.
pub(super) fn settings(code: i32) -> &'static [&'static str] {
    match code {
        200 => &["WorkingDirectory"],
        209 => &["StandardOutput"],
        210 => &["RootDirectory"],
        216 => &["Group"],
        217 => &["User"],
        222 => &["StandardError"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_handed_over_has_its_own_codes_but_for_one() {
        for (code, time, expected) in
            [(200, Some(5), Some(true)), (203, Some(5), None), (200, Some(0), None), (200, None, None)]
        {
            assert_eq!(was_executed(code, time), expected);
        }
        assert!(is_of_systemd(200) && is_of_systemd(245) && !is_of_systemd(199) && !is_of_systemd(246));
    }

    #[test]
    fn codes_are_in_order_and_each_once() {
        assert!(CAUSES.is_sorted_by(|one, other| one.0 < other.0));
        assert_eq!(cause(203), Some("its program could not be executed"));
        assert_eq!(cause(1), None);
    }
}
