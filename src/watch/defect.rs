//! Defects that watching had, or had while it was made: the cargo feature `defects`, which no wheel has, puts each of them
//! back, so that the simulation (`tests/sim`) can show that it finds them.

/// A defect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Defect {
    /// What was signalled before the answer to a look was passed over, jobs too.
    JobsLostAroundReload,
    /// A unit that a look found after a reload was told of as if the reader had just come.
    SnapshotForAdded,
    /// An answer counted before what had been signalled before it.
    AnswerOutOfTurn,
    /// A reload announced jobs anew, and they were told of anew.
    JobsNewAgain,
    /// An outage was told at each try to connect again.
    GapAtEachTry,
    /// A watch that could not begin tried again without a pause.
    SpinsWhileNobodyIsThere,
    /// Who had found nobody to read for waited without a pause.
    SpinsWithoutReaders,
    /// Of a unit that a name turned out to stand for nothing was told, where others knew it.
    NothingOfAnAlias,
    /// Who came while names were asked for began without having asked for its own.
    BeginsWithoutNames,
    /// Who came before signals were missed began with what was known before.
    BeginsWithOldNews,
    /// A number was used up by each event that was dropped.
    NumbersOfDropped,
    /// Before the process forked its connections were ended, and readers were told of an outage. (What a fork does to them
    /// is the simulated network's to say.)
    #[cfg(test)]
    GapForAFork,
    /// No more than 64 were kept from being left unread; who read too slowly beside so many lost his connection.
    #[cfg(test)]
    SixtyFourSeats,
    /// Which jobs there are was not asked again after signals were missed.
    OldJobs,
    /// An answer counted for whoever came after the question.
    PlaceOfAnother,
    /// A table counted as all that was told before the next look.
    BelievedTooSoon,
    /// A unit that left the states of a table was no change of it.
    LeavesInSilence,
    /// A unit that no name stood for any more stayed as it was last heard of, and was told so when one did again.
    WantedByNobody,
    /// What a name turned out to stand for was told as others knew it, before the look that was due.
    OldNewsOfAnAlias,
    /// Who heard of something between two outages was told of one.
    OneGapForTwo,
    /// Who had asked for nothing but a place began at it, although a reload had been heard of meanwhile.
    BeginsBeforeTheLook,
    /// Details counted at the place of the listing, though they were asked for after it: states were told that never were.
    DetailsOutOfTurn,
    /// Of a change whose first half was missed the other was told.
    HalfOfAChange,
}

/// Whether a defect was put back.
#[cfg(not(all(test, feature = "defects")))]
pub(super) const fn is_back(_defect: Defect) -> bool {
    false
}

#[cfg(all(test, feature = "defects"))]
pub(super) use put_back::{PutBack, is_back};

#[cfg(all(test, feature = "defects"))]
mod put_back {
    use std::cell::Cell;

    use super::Defect;

    thread_local! {
        static BACK: Cell<Option<Defect>> = const { Cell::new(None) };
    }

    pub(in crate::watch) fn is_back(defect: Defect) -> bool {
        BACK.get() == Some(defect)
    }

    /// A defect is back on this thread while it lives.
    pub(in crate::watch) struct PutBack;

    impl PutBack {
        pub(in crate::watch) fn new(defect: Defect) -> Self {
            BACK.set(Some(defect));
            Self
        }
    }

    impl Drop for PutBack {
        fn drop(&mut self) {
            BACK.set(None);
        }
    }
}

#[cfg(all(test, feature = "defects"))]
impl Defect {
    /// All of them.
    pub(super) const ALL: [Self; 23] = [
        Self::JobsLostAroundReload,
        Self::SnapshotForAdded,
        Self::AnswerOutOfTurn,
        Self::JobsNewAgain,
        Self::GapAtEachTry,
        Self::SpinsWhileNobodyIsThere,
        Self::SpinsWithoutReaders,
        Self::NothingOfAnAlias,
        Self::BeginsWithoutNames,
        Self::BeginsWithOldNews,
        Self::NumbersOfDropped,
        Self::OldJobs,
        Self::PlaceOfAnother,
        Self::BelievedTooSoon,
        Self::LeavesInSilence,
        Self::GapForAFork,
        Self::SixtyFourSeats,
        Self::WantedByNobody,
        Self::OldNewsOfAnAlias,
        Self::OneGapForTwo,
        Self::BeginsBeforeTheLook,
        Self::DetailsOutOfTurn,
        Self::HalfOfAChange,
    ];
}
