//! What is asked of the journal as a whole, as one value: it is answered where the caller waits, or on a thread of its own.

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Instant;

use super::asked::Asked;
use super::boots::{BootInfo, boots};
use super::daemon::{Task, ask};
use super::field_names::{field_names, field_values};
use super::vacuum::{Room, Vacuumed, usage, vacuum};
use crate::error::{Error, Kind, Result};
use crate::flow::block::block;
use crate::flow::notice::Notice;
use crate::flow::{Bell, TOO_MANY_FILES, own_thread};

/// What the reading of a file needs, with the decoders of its fields.
const STACK: usize = 1 << 20;

/// What can be asked.
#[derive(Clone, Debug)]
pub enum Question {
    /// Which boots are known.
    Boots(Asked),
    /// Which fields there are.
    FieldNames(Asked),
    /// Which values a field has.
    FieldValues(Asked, String),
    /// How much room the files take.
    Usage(Asked),
    /// To remove old files.
    Vacuum(Asked, Room),
    /// What journald does.
    Daemon {
        /// The task.
        task: Task,
        /// Whose journald.
        namespace: Option<String>,
        /// When it has to be done.
        deadline: Option<Instant>,
    },
}

/// What is answered.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The oldest first.
    Boots(Vec<BootInfo>),
    /// In the order of the alphabet.
    Names(Vec<String>),
    /// In order.
    Values(Vec<Vec<u8>>),
    /// In bytes.
    Size(u64),
    /// What was removed.
    Vacuumed(Vacuumed),
    /// Nothing but that it is done.
    Done,
}

impl Question {
    /// Answers it. The files are read where this is polled, which blocks.
    pub async fn answer(&self) -> Result<Answer> {
        match self {
            Self::Boots(asked) => Ok(Answer::Boots(boots(&asked.journals()?)?)),
            Self::FieldNames(asked) => Ok(Answer::Names(field_names(&asked.journals()?)?)),
            Self::FieldValues(asked, name) => Ok(Answer::Values(field_values(&asked.journals()?, name)?)),
            Self::Usage(asked) => Ok(Answer::Size(usage(&asked.journals()?)?)),
            Self::Vacuum(asked, room) => Ok(Answer::Vacuumed(vacuum(&asked.journals()?, room)?)),
            Self::Daemon { task, namespace, deadline } => {
                ask(*task, namespace.as_deref(), *deadline).await.map(|()| Answer::Done)
            }
        }
    }
}

/// An answer that is looked for on a thread of its own. Who does not wait for it any more leaves that to its end.
#[derive(Debug)]
pub struct Answering {
    answer: Notice<Option<Result<Answer>>>,
    bell: Bell,
}

impl Answering {
    /// Starts the thread.
    pub fn begin(question: Question) -> Result<Arc<Self>> {
        let bell = Bell::new(Kind::Unavailable, CANNOT)?;
        let this = Arc::new(Self { answer: Notice::new(None), bell: bell.clone() });
        let (working, ringing) = (Arc::clone(&this), Ringing(bell));
        let started = own_thread::start("pm2go-journal", STACK, move || {
            let ringing = ringing;
            let answer = block(question.answer(), None).and_then(|answer| answer);
            working.answer.end(|slot| *slot = Some(answer));
            drop(ringing);
        });
        started.map_err(|error| own_thread::not_started(CANNOT, &error))?;
        Ok(this)
    }

    /// What can be read when there is an answer.
    pub fn descriptor(&self) -> Result<OwnedFd> {
        self.bell.descriptor().try_clone().map_err(|error| {
            Error::new(Kind::Unavailable, format!("{CANNOT}: {error}"))
                .with_errno(error.raw_os_error())
                .with_hint(TOO_MANY_FILES)
        })
    }

    /// The answer, once.
    pub fn take(&self) -> Result<Answer> {
        let none = || Err(Error::new(Kind::Unavailable, format!("{CANNOT}: there is no answer")));
        self.answer.look(Option::take).flatten().unwrap_or_else(none)
    }
}

/// Whoever waits is told, however the thread ends.
struct Ringing(Bell);

impl Drop for Ringing {
    fn drop(&mut self) {
        self.0.ring();
    }
}

const CANNOT: &str = "cannot look at the journal on a thread of its own";
