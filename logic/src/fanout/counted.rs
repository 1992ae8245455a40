//! Counted by `scripts/instructions.sh` (see `kit/src/counted.rs`): a shard's order.

use protos::ids::{ConversationId, Seq};

use super::order::Orders;

/// Takes arrivals, and tells how many have gone on.
#[inline(never)]
fn order_1000_messages_counted(orders: &mut Orders<Seq>, arrivals: &[(ConversationId, Seq)]) -> usize {
    arrivals.iter().map(|(conversation, seq)| orders.accept(conversation, *seq, false, *seq).len()).sum()
}

#[test]
fn what_arrives_crosswise_goes_in_order() {
    let mut orders = Orders::new();
    let mut first = 1;
    for _ in 0..2 {
        // 10 messages of each of 100 conversations; every second overtakes the one before it, but for the first.
        let seqs = [0, 2, 1, 4, 3, 6, 5, 8, 7, 9].map(|place| Seq(first + place));
        let conversations = (0..100).map(|number| ConversationId::from(format!("conversation-{number:023}")));
        let conversations: Vec<_> = conversations.collect();
        let arrivals = seqs.iter().flat_map(|seq| conversations.iter().map(|id| (id.clone(), *seq)));
        assert_eq!(order_1000_messages_counted(&mut orders, &arrivals.collect::<Vec<_>>()), 1_000);
        first += 10;
    }
}
