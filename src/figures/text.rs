//! The texts of the kernel's files (Documentation/admin-guide/cgroup-v2.rst, cgroup-v1, accounting/psi.rst).

/// For how much of the time something had to wait.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Stall {
    /// Percent of the last ten seconds.
    pub average_10: f64,
    /// Percent of the last minute.
    pub average_60: f64,
    /// Percent of the last five minutes.
    pub average_300: f64,
    /// All together, in microseconds.
    pub total: u64,
}

/// How much processes waited for something that there was too little of.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pressure {
    /// At least one of them waited.
    pub some: Stall,
    /// All of them did; for the processor, only newer kernels tell.
    pub full: Option<Stall>,
}

/// What went in and out, over all devices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Transfer {
    pub(super) read_bytes: u64,
    pub(super) written_bytes: u64,
    pub(super) reads: u64,
    pub(super) writes: u64,
}

/// A file that is one number.
pub(super) fn number(text: &str) -> Option<u64> {
    text.trim_end().parse().ok()
}

/// The number behind a key in a file with a line for each.
pub(super) fn keyed(text: &str, key: &str) -> Option<u64> {
    let mut lines = text.lines().filter_map(|line| line.split_once(' '));
    lines.find_map(|(found, value)| (found == key).then(|| number(value)).flatten())
}

/// `some avg10=0.00 avg60=0.00 avg300=0.00 total=0`, and a second line for `full`.
pub(super) fn pressure(text: &str) -> Option<Pressure> {
    let mut some = None;
    let mut full = None;
    for line in text.lines() {
        match line.split_once(' ')? {
            ("some", rest) => some = Some(stall(rest)?),
            ("full", rest) => full = Some(stall(rest)?),
            _ => {}
        }
    }
    Some(Pressure { some: some?, full })
}

fn stall(text: &str) -> Option<Stall> {
    let mut stall = Stall::default();
    for (key, value) in text.split(' ').filter_map(|pair| pair.split_once('=')) {
        match key {
            "avg10" => stall.average_10 = value.parse().ok()?,
            "avg60" => stall.average_60 = value.parse().ok()?,
            "avg300" => stall.average_300 = value.parse().ok()?,
            "total" => stall.total = value.parse().ok()?,
            _ => {}
        }
    }
    Some(stall)
}

/// `io.stat`: `8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6` for each device.
pub(super) fn transfer(text: &str) -> Transfer {
    let mut sum = Transfer::default();
    for (key, value) in text.split_ascii_whitespace().filter_map(|word| word.split_once('=')) {
        let value: u64 = value.parse().unwrap_or(0);
        match key {
            "rbytes" => sum.read_bytes += value,
            "wbytes" => sum.written_bytes += value,
            "rios" => sum.reads += value,
            "wios" => sum.writes += value,
            _ => {}
        }
    }
    sum
}

/// `blkio.throttle.io_service_bytes` and its like: `8:0 Read 1`, `8:0 Write 2`, ... for each device, then `Total 3`. What was
/// read, and what was written.
pub(super) fn read_and_written(text: &str) -> (u64, u64) {
    let mut sums = (0, 0);
    for line in text.lines() {
        let mut words = line.split_ascii_whitespace().skip(1);
        let (Some(what), Some(value)) = (words.next(), words.next().and_then(number)) else { continue };
        match what {
            "Read" => sums.0 += value,
            "Write" => sums.1 += value,
            _ => {}
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        assert_eq!(number("123\n"), Some(123));
        assert_eq!(number("max\n"), None);
        assert_eq!(number(""), None);
        let text = "usage_usec 5\nuser_usec 3\nsystem_usec 2\n";
        assert_eq!(keyed(text, "user_usec"), Some(3));
        assert_eq!(keyed(text, "usage"), None);
        assert_eq!(keyed(text, "nr_periods"), None);
    }

    #[test]
    fn pressure_of_old_and_new_kernels() {
        let some = "some avg10=1.50 avg60=0.25 avg300=0.00 total=123456\n";
        let stall = Stall { average_10: 1.5, average_60: 0.25, average_300: 0.0, total: 123_456 };
        assert_eq!(pressure(some), Some(Pressure { some: stall, full: None }));
        let both = format!("{some}full avg10=0.00 avg60=0.00 avg300=0.00 total=7\n");
        let full = Stall { total: 7, ..Stall::default() };
        assert_eq!(pressure(&both), Some(Pressure { some: stall, full: Some(full) }));
        for wrong in ["", "full avg10=0.00 total=7\n", "some avg10=x\n", "some\n"] {
            assert_eq!(pressure(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn input_and_output_of_all_devices() {
        let text = "8:16 rbytes=10 wbytes=20 rios=3 wios=4 dbytes=9 dios=9\n8:0 \n7:0 rbytes=1 wbytes=0 rios=1 wios=0\n";
        assert_eq!(transfer(text), Transfer { read_bytes: 11, written_bytes: 20, reads: 4, writes: 4 });
        assert_eq!(transfer(""), Transfer::default());
        let text = "8:0 Read 10\n8:0 Write 20\n8:0 Sync 1\n8:0 Total 30\n8:16 Read 1\nTotal 31\n";
        assert_eq!(read_and_written(text), (11, 20));
    }
}
