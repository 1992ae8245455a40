//! `seq_id` in a conversation is 1, 2, 3 … with no gap and no duplicate, under any number of senders and processes.

use std::collections::HashMap;

use crate::checker::check;
use crate::cluster::{Message, TestCluster};
use crate::flood::Crowd;
use crate::sizes::on_both_sizes;

on_both_sizes!(many_senders_share_one_gapless_count);

const CLIENTS: usize = 64;
const EACH: usize = 16;

async fn many_senders_share_one_gapless_count(cluster: &mut TestCluster) {
    let crowd = Crowd::gather(cluster, CLIENTS).await;
    let sent = crowd.flood(EACH, 4).await;

    let mut acked: Vec<i64> = sent.iter().filter_map(|sent| sent.seq).collect();
    acked.sort_unstable();
    let expected: Vec<i64> = (1..).take(CLIENTS * EACH).collect();
    assert_eq!(acked, expected, "the acknowledged seqs");

    let history = cluster.api(0).history(&crowd.owner, &crowd.conversation).await;
    let stored: Vec<i64> = history.iter().map(|message| message.seq).collect();
    assert_eq!(stored, expected, "the stored seqs");

    let pushed: Vec<Message> =
        crowd.sessions.iter().flat_map(|session| session.pushed(&crowd.conversation)).collect();
    check(&HashMap::from([(crowd.conversation, history)]), &sent, pushed.iter()).assert_clean();
}
