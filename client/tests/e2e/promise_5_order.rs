//! Per conversation a session may see a message late or twice, never altered; ordered by seq, and with a refill of what is missing,
//! it holds just the history.

use std::collections::{BTreeMap, HashMap};

use crate::checker::check;
use crate::cluster::{Message, Session, TestCluster};
use crate::flood::Crowd;
use crate::sizes::on_both_sizes;

on_both_sizes!(what_is_pushed_is_the_history_unaltered, a_late_session_fills_up_to_the_history);

const CLIENTS: usize = 16;
const EACH: usize = 20;

async fn what_is_pushed_is_the_history_unaltered(cluster: &mut TestCluster) {
    let crowd = Crowd::gather(cluster, CLIENTS).await;
    // Sessions that only listen, of the owner, who also sends: one on each gateway.
    let listeners = [cluster.connect(&crowd.owner, 0).await, cluster.connect(&crowd.owner, 1).await];
    let sent = crowd.flood(EACH, 5).await;
    let history = cluster.api(1).history(&crowd.owner, &crowd.conversation).await;
    for listener in &listeners {
        // Nothing died, so nothing is missing.
        listener.messages_pushed(&crowd.conversation, CLIENTS * EACH).await;
        assert_eq!(in_order(&listener.pushed(&crowd.conversation)), history);
    }
    for session in &crowd.sessions {
        // A sender holds its own messages by their acks.
        session.messages_pushed(&crowd.conversation, (CLIENTS - 1) * EACH).await;
        let pushed = in_order(&session.pushed(&crowd.conversation));
        let expected: Vec<&Message> =
            history.iter().filter(|message| message.sender_id != session.user_id).collect();
        let pushed: Vec<&Message> =
            pushed.iter().filter(|message| message.sender_id != session.user_id).collect();
        assert_eq!(pushed, expected);
    }
    let sessions: Vec<&Session> = crowd.sessions.iter().chain(&listeners).collect();
    let pushed: Vec<Message> =
        sessions.iter().flat_map(|session| session.pushed(&crowd.conversation)).collect();
    check(&HashMap::from([(crowd.conversation, history)]), &sent, pushed.iter()).assert_clean();
}

async fn a_late_session_fills_up_to_the_history(cluster: &mut TestCluster) {
    let crowd = Crowd::gather(cluster, CLIENTS).await;
    let half = crowd.flood(EACH / 2, 5);
    let late = async {
        // Somewhere in the middle of it, a session opens on each gateway.
        crowd.sessions[1].messages_pushed(&crowd.conversation, EACH).await;
        [cluster.connect(&crowd.owner, 0).await, cluster.connect(&crowd.owner, 1).await]
    };
    let (_, late) = tokio::join!(half, late);
    cluster.settle(&[&late[0], &late[1]]).await;
    let history = cluster.api(0).history(&crowd.owner, &crowd.conversation).await;
    for session in late {
        let pushed = in_order(&session.pushed(&crowd.conversation));
        // What came after hello is complete up to what was acknowledged: what lacks is below the first that was pushed.
        let seen = pushed.first().map_or(history.len(), |first| usize::try_from(first.seq - 1).unwrap());
        let refill = cluster.api(1).history(&crowd.owner, &crowd.conversation).await;
        let held: Vec<Message> = refill[..seen].iter().chain(&pushed).cloned().collect();
        assert_eq!(held, history);
    }
}

/// What a client makes of pushes: by seq, each once. Two that share a seq must be the same.
fn in_order(pushed: &[Message]) -> Vec<Message> {
    let mut by_seq: BTreeMap<i64, &Message> = BTreeMap::new();
    for message in pushed {
        let first = by_seq.entry(message.seq).or_insert(message);
        assert_eq!(*first, message, "pushed twice, and not the same");
    }
    by_seq.into_values().cloned().collect()
}
