//! Any order of arrival, with losses and doubles, comes out in order and once.

use proptest::prelude::*;
use protos::ids::MessageId;

use super::*;
use crate::model::UserInfo;

fn conversation() -> ConversationId {
    "c".into()
}

fn message(seq: i64) -> Message {
    Message {
        id: MessageId::new(&conversation(), Seq(seq)),
        conversation_id: conversation(),
        sender: UserInfo { id: "u".into(), username: "ann".into(), avatar_url: String::new() },
        kind: None,
        content: format!("text {seq}"),
        seq: Seq(seq),
        client_msg_id: format!("k{seq}").into(),
        deleted: false,
        extra: String::new(),
        created_at: 0,
    }
}

fn page(seqs: std::ops::RangeInclusive<i64>) -> Vec<Message> {
    seqs.map(message).collect()
}

struct Run {
    order: Order,
    now: Instant,
    ready: Vec<Message>,
}

impl Run {
    fn new() -> Self {
        Self { order: Order::default(), now: Instant::now(), ready: Vec::new() }
    }

    fn hear(&mut self, seq: i64) {
        self.order.heard(message(seq), self.now, &mut self.ready);
    }

    fn ack(&mut self, seq: i64) {
        self.order.acked(&conversation(), Seq(seq), self.now, &mut self.ready);
    }

    fn fill(&mut self, page: Vec<Message>, has_more: bool) {
        self.order.filled(conversation(), page, has_more, self.now, &mut self.ready);
    }

    fn catch_up(&mut self, last: i64, read: i64) {
        self.order.catch_up(vec![Self::position(last, read)], self.now, &mut self.ready);
    }

    /// What was handed out since the last look.
    fn seen(&mut self) -> Vec<i64> {
        self.ready.drain(..).map(|message| message.seq.0).collect()
    }

    fn position(last: i64, read: i64) -> Position {
        Position { conversation: conversation(), last: Seq(last), read: Seq(read) }
    }
}

#[test]
fn the_first_message_begins_and_doubles_are_dropped() {
    let mut run = Run::new();
    for seq in [7, 7, 8, 6, 8] {
        run.hear(seq);
    }
    assert_eq!(run.seen(), [7, 8]);
    assert_eq!(run.order.next_wake(), None);
}

#[test]
fn what_overtook_waits_for_what_comes_late() {
    let mut run = Run::new();
    for seq in [1, 3, 4] {
        run.hear(seq);
    }
    assert_eq!(run.seen(), [1]);
    assert_eq!(run.order.next_wake(), Some(run.now + PATIENCE));
    run.hear(2);
    assert_eq!(run.seen(), [2, 3, 4]);
    assert_eq!(run.order.next_wake(), None);
}

#[test]
fn an_own_message_fills_its_place_without_being_handed_out() {
    let mut run = Run::new();
    run.hear(1);
    run.hear(3);
    run.ack(2);
    run.ack(4);
    run.hear(5);
    assert_eq!(run.seen(), [1, 3, 5]);
}

#[test]
fn an_own_message_before_all_others_does_not_hide_one_that_comes_late() {
    let mut run = Run::new();
    run.ack(5);
    run.hear(4);
    run.hear(6);
    assert_eq!(run.seen(), [4, 6]);
    assert_eq!(run.order.next_wake(), None);
}

#[test]
fn a_gap_that_stays_is_filled_from_history_page_by_page() {
    let mut run = Run::new();
    run.hear(1);
    run.hear(6);
    assert_eq!(run.order.overdue(run.now, 9), [], "not yet");
    run.now += PATIENCE;
    assert_eq!(run.order.overdue(run.now, 9), [(conversation(), Seq(1))]);
    assert_eq!(run.order.next_wake(), None, "it is being filled");
    run.hear(7);
    run.fill(page(2..=3), true);
    assert_eq!(run.seen(), [1, 2, 3]);
    assert_eq!(run.order.overdue(run.now, 9), [(conversation(), Seq(3))], "the next page at once");
    run.fill(page(4..=7), false);
    assert_eq!(run.seen(), [4, 5, 6, 7]);
}

#[test]
fn history_that_fails_is_asked_again_and_a_lost_conversation_is_forgotten() {
    let mut run = Run::new();
    run.hear(1);
    run.hear(3);
    run.now += PATIENCE;
    run.order.overdue(run.now, 9);
    run.order.not_filled(&conversation(), false, run.now);
    assert_eq!(run.order.next_wake(), Some(run.now + RETRY));
    run.now += RETRY;
    assert_eq!(run.order.overdue(run.now, 9), [(conversation(), Seq(1))]);
    run.order.not_filled(&conversation(), true, run.now);
    assert_eq!(run.order.next_wake(), None);
}

#[test]
fn what_came_before_the_session_is_not_missed_and_what_came_in_a_break_is() {
    let mut run = Run::new();
    run.order.begin(vec![Run::position(10, 4)]);
    assert_eq!(run.order.next_wake(), None);
    run.catch_up(12, 4);
    assert_eq!(run.order.overdue(run.now, 9), [(conversation(), Seq(10))]);
    run.fill(page(11..=12), false);
    assert_eq!(run.seen(), [11, 12]);
    run.catch_up(12, 12);
    assert_eq!(run.order.next_wake(), None);
}

#[test]
fn of_a_conversation_new_to_the_session_the_unread_part_is_missed() {
    let mut run = Run::new();
    run.catch_up(12, 9);
    assert_eq!(run.order.overdue(run.now, 9), [(conversation(), Seq(9))]);
}

#[test]
fn a_new_conversation_begins_where_this_user_joined_it() {
    let mut run = Run::new();
    run.order.begin(Vec::new());
    run.hear(8);
    assert_eq!(run.seen(), [0_i64; 0], "whether 7 was missed is not known");
    assert!(run.order.has_unplaced());
    run.catch_up(8, 6);
    assert!(!run.order.has_unplaced());
    assert_eq!(run.order.overdue(run.now, 9), [(conversation(), Seq(6))]);
    run.fill(page(7..=8), false);
    assert_eq!(run.seen(), [7, 8]);
}

#[test]
fn a_new_conversation_begins_with_its_first_message_at_once() {
    let mut run = Run::new();
    run.order.begin(Vec::new());
    run.hear(1);
    assert_eq!(run.seen(), [1]);
    let mut other = Run::new();
    other.order.begin(Vec::new());
    other.ack(1);
    other.hear(2);
    assert_eq!(other.seen(), [2]);
}

#[test]
fn a_new_conversation_that_no_list_has_begins_with_what_was_heard() {
    let mut run = Run::new();
    run.order.begin(Vec::new());
    run.hear(8);
    run.hear(9);
    run.order.catch_up(Vec::new(), run.now, &mut run.ready);
    assert_eq!(run.seen(), [8, 9]);
}

#[test]
fn what_waits_is_bounded_and_comes_from_history_after_all() {
    let mut run = Run::new();
    run.hear(1);
    let last = 3 + 2 * i64::try_from(MAX_AHEAD).unwrap();
    for seq in 3..=last {
        run.hear(seq);
    }
    assert_eq!(run.order.conversations[&conversation()].ahead.len(), MAX_AHEAD);
    run.now += PATIENCE;
    run.order.overdue(run.now, 9);
    run.fill(page(2..=last), false);
    let mut rest = Vec::new();
    while run.order.next_wake().is_some() {
        run.now += RETRY;
        let Some((_, after)) = run.order.overdue(run.now, 9).pop() else { break };
        rest.push(after.0);
        run.fill(page(after.0 + 1..=last), false);
    }
    assert_eq!(run.seen(), (1..=last).collect::<Vec<_>>());
    assert!(rest.len() <= 2, "{rest:?}");
}

#[test]
fn acknowledgements_alone_do_not_pile_up() {
    let mut run = Run::new();
    for seq in 1..=5_000 {
        run.ack(seq);
    }
    assert!(run.order.conversations[&conversation()].ahead.len() <= MAX_AHEAD);
    run.hear(5_001);
    assert_eq!(run.seen(), [5_001]);
}

proptest! {
    #[test]
    fn any_arrival_comes_out_in_order_and_once(
        arrivals in proptest::collection::vec((1_i64..40, any::<bool>()), 1..200),
    ) {
        let mut run = Run::new();
        run.order.begin(vec![Run::position(0, 0)]);
        let mut own = std::collections::BTreeSet::new();
        let mut heard = std::collections::BTreeSet::new();
        for (seq, is_own) in &arrivals {
            if *is_own && !heard.contains(seq) {
                own.insert(*seq);
                run.ack(*seq);
            } else if !own.contains(seq) {
                heard.insert(*seq);
                run.hear(*seq);
            }
        }
        let last = arrivals.iter().map(|(seq, _)| *seq).max().unwrap_or(0);
        run.now += PATIENCE;
        for (_, after) in run.order.overdue(run.now, 9) {
            run.fill(page(after.0 + 1..=last), false);
        }
        let expected: Vec<i64> = (1..=last).filter(|seq| !own.contains(seq)).collect();
        prop_assert_eq!(run.seen(), expected);
        prop_assert_eq!(run.order.next_wake(), None);
    }
}
