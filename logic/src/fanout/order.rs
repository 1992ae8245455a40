//! Order per conversation: what is ahead of the next expected seq is held back, for a while.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroUsize;

use lru::LruCache;
use protos::ids::{ConversationId, Seq};

/// Conversations whose next seq is remembered, those that were written to last; of the others the first message seen sets it.
const REMEMBERED: NonZeroUsize = NonZeroUsize::MIN.saturating_add(49_999);

/// The order of the conversations of one shard. `T` is what is brought into order.
#[derive(Debug)]
pub(super) struct Orders<T> {
    next: LruCache<ConversationId, Seq>,
    held: HashMap<ConversationId, BTreeMap<Seq, T>>,
}

impl<T> Orders<T> {
    pub(super) fn new() -> Self {
        // Without a capacity of its own it grows as it fills.
        let mut next = LruCache::unbounded();
        next.resize(REMEMBERED);
        Self { next, held: HashMap::new() }
    }

    /// Takes the next arrival; returns what may go now, in order. Nothing: it is held back until [`Orders::overdue`].
    ///
    /// A repetition that is not itself the next goes at once and disturbs nothing.
    pub(super) fn accept(
        &mut self,
        conversation: &ConversationId,
        seq: Seq,
        is_repetition: bool,
        item: T,
    ) -> Vec<T> {
        let next = self.next.get(conversation).copied();
        if next.is_some_and(|next| seq != next && is_repetition) {
            return vec![item];
        }
        match next {
            Some(next) if seq < next => vec![item],
            Some(next) if seq > next => {
                self.held.entry(conversation.clone()).or_default().insert(seq, item);
                Vec::new()
            }
            None if is_repetition => vec![item],
            _ => {
                let mut ready = vec![item];
                self.release_from(conversation, seq.next(), &mut ready);
                ready
            }
        }
    }

    /// `seq` has been held back for long enough: it goes, with all before it and all that follows without a gap.
    pub(super) fn overdue(&mut self, conversation: &ConversationId, seq: Seq) -> Vec<T> {
        let Some(held) = self.held.get_mut(conversation) else { return Vec::new() };
        if !held.contains_key(&seq) {
            return Vec::new();
        }
        let later = held.split_off(&seq.next());
        let mut ready: Vec<T> = std::mem::replace(held, later).into_values().collect();
        self.release_from(conversation, seq.next(), &mut ready);
        ready
    }

    /// Sets the next seq and releases what is held from there on without a gap.
    fn release_from(&mut self, conversation: &ConversationId, mut next: Seq, ready: &mut Vec<T>) {
        if let Some(held) = self.held.get_mut(conversation) {
            while let Some(item) = held.remove(&next) {
                ready.push(item);
                next = next.next();
            }
            if held.is_empty() {
                self.held.remove(conversation);
            }
        }
        self.next.put(conversation.clone(), next);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOTHING: [i64; 0] = [];

    fn orders() -> Orders<i64> {
        Orders::new()
    }

    fn c() -> ConversationId {
        "c".into()
    }

    fn accept(orders: &mut Orders<i64>, seq: i64) -> Vec<i64> {
        orders.accept(&c(), Seq(seq), false, seq)
    }

    #[test]
    fn what_is_ahead_waits_for_the_gap_to_fill() {
        let mut orders = orders();
        assert_eq!(accept(&mut orders, 1), [1]);
        assert_eq!(accept(&mut orders, 3), NOTHING);
        assert_eq!(accept(&mut orders, 4), NOTHING);
        assert_eq!(accept(&mut orders, 2), [2, 3, 4]);
        assert_eq!(accept(&mut orders, 5), [5]);
        assert!(orders.held.is_empty());
    }

    #[test]
    fn the_first_seen_sets_the_order_and_a_late_one_passes() {
        let mut orders = orders();
        assert_eq!(accept(&mut orders, 7), [7]);
        assert_eq!(accept(&mut orders, 6), [6]);
        assert_eq!(accept(&mut orders, 8), [8]);
    }

    #[test]
    fn an_overdue_one_goes_with_all_around_it() {
        let mut orders = orders();
        for seq in [1, 4, 6, 7, 9] {
            accept(&mut orders, seq);
        }
        assert_eq!(orders.overdue(&c(), Seq(6)), [4, 6, 7]);
        assert_eq!(orders.overdue(&c(), Seq(4)), NOTHING, "it has gone");
        assert_eq!(accept(&mut orders, 8), [8, 9]);
        assert_eq!(orders.overdue(&c(), Seq(9)), NOTHING);
        assert_eq!(accept(&mut orders, 2), [2], "too late for its place");
        assert_eq!(accept(&mut orders, 10), [10]);
    }

    #[test]
    fn repetitions_pass_and_disturb_nothing() {
        let mut orders = orders();
        assert_eq!(orders.accept(&c(), Seq(9), true, 9), [9], "unknown conversation: sets nothing");
        assert_eq!(accept(&mut orders, 3), [3]);
        assert_eq!(orders.accept(&c(), Seq(2), true, 2), [2]);
        assert_eq!(orders.accept(&c(), Seq(9), true, 9), [9]);
        assert_eq!(accept(&mut orders, 5), NOTHING);
        assert_eq!(orders.accept(&c(), Seq(4), true, 4), [4, 5], "it fills the gap");
        assert_eq!(accept(&mut orders, 6), [6]);
    }

    #[test]
    fn conversations_do_not_wait_for_each_other() {
        let mut orders = orders();
        accept(&mut orders, 1);
        accept(&mut orders, 3);
        assert_eq!(orders.accept(&"d".into(), Seq(5), false, 5), [5]);
    }

    proptest! {
        #[test]
        fn whatever_the_arrival_everything_goes_once_and_in_order(
            arrival in Just((2..=40_i64).collect::<Vec<_>>()).prop_shuffle()
        ) {
            let mut orders = orders();
            let mut gone = accept(&mut orders, 1);
            for seq in arrival {
                gone.extend(accept(&mut orders, seq));
            }
            prop_assert_eq!(gone, (1..=40).collect::<Vec<_>>());
            prop_assert!(orders.held.is_empty());
        }
    }
}
