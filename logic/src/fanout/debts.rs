//! What could not be handed to any gateway, until one is told to make it good.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use protos::ids::ConversationId;
use protos::model::Debt;
use protos::model::limits::DEBT_MAX_IDS;

/// What this process owes. Cloning it shares it.
#[derive(Clone, Debug, Default)]
pub(super) struct Debts(Arc<Mutex<Owing>>);

#[derive(Debug, Default)]
struct Owing {
    debt: Debt,
    /// Members of these, by the list of this version or later: who they are could not be looked up.
    members: HashMap<ConversationId, i64>,
    /// Goes up with everything that is added.
    added: u64,
}

/// How much had been added at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark(u64);

impl Debts {
    /// Adds what this says.
    pub(super) fn add(&self, debt: Debt) {
        if debt.is_empty() {
            return;
        }
        let mut owing = self.lock();
        owing.added += 1;
        owing.debt.add(debt);
    }

    /// Adds the members of a conversation, by the list of this version or later. Of too many conversations everybody is owed.
    pub(super) fn add_members(&self, conversation: ConversationId, version: i64) {
        let mut owing = self.lock();
        owing.added += 1;
        let at_least = owing.members.entry(conversation).or_default();
        *at_least = version.max(*at_least);
        if owing.members.len() > DEBT_MAX_IDS {
            owing.members.clear();
            owing.debt.add_everybody();
        }
    }

    /// Takes all that can be told; who cannot tell it gives it back.
    pub(super) fn take(&self) -> Debt {
        std::mem::take(&mut self.lock().debt)
    }

    /// Takes some of the conversations whose members are owed; who cannot look them up gives them back.
    pub(super) fn take_members(&self, count: usize) -> Vec<(ConversationId, i64)> {
        let mut owing = self.lock();
        let some: Vec<ConversationId> = owing.members.keys().take(count).cloned().collect();
        some.into_iter().filter_map(|conversation| owing.members.remove_entry(&conversation)).collect()
    }

    /// True when nobody is owed.
    pub(super) fn is_empty(&self) -> bool {
        let owing = self.lock();
        owing.debt.is_empty() && owing.members.is_empty()
    }

    /// How much has been added so far.
    pub(super) fn mark(&self) -> Mark {
        Mark(self.lock().added)
    }

    /// Forgets everything, unless something was added since the mark.
    pub(super) fn forget(&self, mark: Mark) {
        let mut owing = self.lock();
        if Mark(owing.added) == mark {
            *owing = Owing { added: owing.added, ..Owing::default() };
        }
    }

    /// A panic while it was held leaves nothing half done that matters.
    fn lock(&self) -> MutexGuard<'_, Owing> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conversation(number: usize) -> ConversationId {
        ConversationId::from(format!("c{number}"))
    }

    #[test]
    fn ten_thousand_conversations_are_named_and_then_it_is_everybody() {
        let debts = Debts::default();
        (0..DEBT_MAX_IDS).for_each(|number| debts.add_members(conversation(number), 1));
        debts.add_members(conversation(0), 2);
        assert_eq!(debts.take(), Debt::default());
        debts.add_members(conversation(DEBT_MAX_IDS), 1);
        assert_eq!(debts.take(), Debt::everybody());
        assert!(debts.is_empty());
    }

    #[test]
    fn the_latest_list_is_asked_for_and_each_conversation_is_taken_once() {
        let debts = Debts::default();
        for version in [3, 5, 4] {
            debts.add_members(conversation(1), version);
        }
        assert_eq!(debts.take_members(10), [(conversation(1), 5)]);
        assert!(debts.is_empty());
    }

    #[test]
    fn what_was_added_since_the_mark_is_not_forgotten() {
        let debts = Debts::default();
        debts.add(Debt::users(["u1".into()]));
        let mark = debts.mark();
        debts.add_members(conversation(1), 1);
        debts.forget(mark);
        assert!(!debts.is_empty());
        debts.forget(debts.mark());
        assert!(debts.is_empty());
    }
}
