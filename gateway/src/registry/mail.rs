//! Putting a frame into sessions' mailboxes.

use std::collections::HashSet;
use std::sync::Arc;

use bytestring::ByteString;
use protos::ids::SessionId;

use crate::session::{Queued, SessionHandle};

/// What goes to sessions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mail<'a> {
    pub(crate) frame: &'a ByteString,
    /// These sessions do not get it.
    pub(crate) exclude: &'a HashSet<SessionId>,
    /// True: a session that is behind does without it.
    pub(crate) is_signal: bool,
}

impl Mail<'_> {
    pub(super) fn put(&self, session: &SessionHandle) -> Queued {
        match (session.is_among(self.exclude), self.is_signal) {
            (true, _) => Queued::Excluded,
            (false, true) => session.write_signal(self.frame.clone()),
            (false, false) => session.write(self.frame.clone()),
        }
    }
}

/// Several mails that go to the same users, in order.
#[derive(Debug)]
pub(crate) struct Bundle<'a> {
    frames: Arc<[ByteString]>,
    /// Those whom any of the mails excludes.
    exclude: HashSet<&'a SessionId>,
}

impl<'a> Bundle<'a> {
    /// `None` for a single mail, and when there is a signal among them, which goes by rules of its own.
    pub(crate) fn of(mails: &[Mail<'a>]) -> Option<Self> {
        let bundles = mails.len() > 1 && !mails.iter().any(|mail| mail.is_signal);
        bundles.then(|| Self {
            frames: mails.iter().map(|mail| mail.frame.clone()).collect(),
            exclude: mails.iter().flat_map(|mail| mail.exclude).collect(),
        })
    }

    pub(super) fn leaves_out(&self, session: &SessionHandle) -> bool {
        !self.exclude.is_empty() && self.exclude.contains(session.id())
    }

    pub(super) fn put(&self, session: &SessionHandle) -> Queued {
        session.write_all(&self.frames)
    }
}

/// What became of a mail.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) delivered: i32,
    pub(super) excluded: i32,
    /// Signals that were left out.
    pub(super) skipped: u64,
    /// Their mailboxes are full.
    pub(super) slow: Vec<SessionHandle>,
    /// They have ended.
    pub(super) gone: Vec<SessionHandle>,
}

impl Found {
    pub(super) fn add(&mut self, session: &SessionHandle, queued: Queued) {
        match queued {
            Queued::Accepted => self.delivered += 1,
            Queued::Full => self.slow.push(session.clone()),
            Queued::Gone => self.gone.push(session.clone()),
            Queued::Excluded => self.excluded += 1,
            Queued::Skipped => self.skipped += 1,
        }
    }
}
