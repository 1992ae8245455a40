//! What a check finds.

use std::fmt;

/// What was found; everything but `acked` must be 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Findings {
    /// Messages that were acknowledged.
    pub(crate) acked: usize,
    /// Acknowledged, and not in history at the acknowledged seq with the content that was sent.
    pub(crate) lost: usize,
    /// In history twice or more under one key of one sender.
    pub(crate) doubled: usize,
    /// Places at which a conversation's seqs do not go on by one.
    pub(crate) gaps: usize,
    /// In history, though nobody sent it.
    pub(crate) phantoms: usize,
    /// Acknowledged to one sender in another order than sent.
    pub(crate) misordered: usize,
    /// Pushed, and not in history just like that.
    pub(crate) altered: usize,
    /// Told to a client about a conversation that it is no member of.
    pub(crate) leaks: usize,
    /// In history, and not held by a member's client that had time to get it.
    pub(crate) missing: usize,
    /// Sends that failed, though nothing was wrong with them.
    pub(crate) failed: usize,
}

impl Findings {
    /// True when nothing is wrong.
    pub(crate) fn are_clean(&self) -> bool {
        *self == Findings { acked: self.acked, ..Findings::default() }
    }

    /// Demands that nothing is wrong.
    pub(crate) fn assert_clean(&self) {
        assert!(self.are_clean(), "{self}");
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { acked, lost, doubled, gaps, phantoms, misordered, altered, leaks, missing, failed } = self;
        write!(f, "{acked} acked, {lost} lost, {doubled} doubled, {gaps} gaps, {phantoms} phantoms, ")?;
        write!(f, "{misordered} misordered, {altered} altered, ")?;
        write!(f, "{leaks} leaks, {missing} missing, {failed} failed")
    }
}
