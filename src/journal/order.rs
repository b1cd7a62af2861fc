//! Which of two entries was written first: `journal_file_compare_locations` of systemd's sd-journal.

use std::cmp::Ordering;

use super::format::{EntryHead, Id};

/// An entry, and the source of its number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Located {
    pub(super) entry: EntryHead,
    pub(super) seqnum_id: Id,
}

impl Located {
    /// Which is the earlier one; equal are those that are one and the same.
    pub(super) fn compare(self, other: Self) -> Ordering {
        let (one, another) = (&self.entry, &other.entry);
        let same_source = self.seqnum_id == other.seqnum_id;
        let same_boot = one.boot_id == another.boot_id;
        let is_same = same_source
            && same_boot
            && (one.seqnum, one.monotonic, one.realtime, one.xor_hash)
                == (another.seqnum, another.monotonic, another.realtime, another.xor_hash);
        if is_same {
            return Ordering::Equal;
        }
        let by_number = if same_source { one.seqnum.cmp(&another.seqnum) } else { Ordering::Equal };
        let by_boot = || if same_boot { one.monotonic.cmp(&another.monotonic) } else { Ordering::Equal };
        by_number
            .then_with(by_boot)
            .then_with(|| one.realtime.cmp(&another.realtime))
            .then_with(|| one.xor_hash.cmp(&another.xor_hash))
            // Two of the same moment and contents, but of other numbers: each is told.
            .then_with(|| self.seqnum_id.cmp(&other.seqnum_id))
            .then_with(|| one.seqnum.cmp(&another.seqnum))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(seqnum: u64, boot: u8, monotonic: u64, realtime: u64) -> EntryHead {
        EntryHead { offset: 0, seqnum, realtime, monotonic, boot_id: [boot; 16], xor_hash: 0 }
    }

    #[test]
    fn numbers_of_one_source_decide_then_the_time_of_one_boot_then_the_clock() {
        let cases = [
            // (source, entry), (source, entry)
            ((1, entry(1, 1, 9, 9)), (1, entry(2, 1, 8, 8)), Ordering::Less),
            ((1, entry(9, 1, 1, 9)), (2, entry(1, 1, 2, 8)), Ordering::Less),
            ((1, entry(9, 1, 9, 1)), (2, entry(1, 2, 1, 2)), Ordering::Less),
            ((1, entry(1, 1, 1, 1)), (1, entry(1, 1, 1, 1)), Ordering::Equal),
            ((1, entry(1, 1, 1, 1)), (2, entry(1, 1, 1, 1)), Ordering::Less),
            ((1, entry(1, 1, 1, 1)), (1, entry(1, 1, 1, 2)), Ordering::Less),
        ];
        for ((source, one), (other_source, other), expected) in cases {
            let one = Located { entry: one, seqnum_id: [source; 16] };
            let other = Located { entry: other, seqnum_id: [other_source; 16] };
            assert_eq!(one.compare(other), expected, "{one:?} {other:?}");
            assert_eq!(other.compare(one), expected.reverse());
        }
    }
}
