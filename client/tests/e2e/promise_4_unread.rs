//! `unread_count` = last seq − the member's read pointer; sending moves the sender's own pointer.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::cluster::{Account, TestCluster};
use crate::sizes::on_both_sizes;

on_both_sizes!(unread_is_last_seq_minus_read_pointer, joining_and_leaving_count_as_unread);

/// Random walks are the same in every run.
const SEED: u64 = 20_260_701;
const STEPS: usize = 120;

/// What must hold: the last seq, and each member's read pointer.
struct Model {
    last_seq: i64,
    read: Vec<i64>,
}

impl Model {
    fn unread(&self, member: usize) -> i64 {
        self.last_seq - self.read[member]
    }
}

async fn unread_is_last_seq_minus_read_pointer(cluster: &mut TestCluster) {
    let members = cluster.sign_up_all(["ann", "bob", "carl"]).await;
    let [ann, bob, carl] = &members;
    let group = cluster.api(0).create_group(ann, &[bob, carl]).await;
    let sessions =
        [cluster.connect(ann, 0).await, cluster.connect(bob, 1).await, cluster.connect(carl, 0).await];
    let mut random = StdRng::seed_from_u64(SEED);
    let mut model = Model { last_seq: 0, read: vec![0; members.len()] };
    let mut keys: Vec<(usize, String)> = Vec::new();
    for step in 0..STEPS {
        let member = random.random_range(0..members.len());
        match random.random_range(0..5) {
            0 | 1 => {
                let key = format!("k{step}");
                let ack = sessions[member].send(&group, "hello", &key).await;
                model.last_seq += 1;
                model.read[member] = model.last_seq;
                assert_eq!(ack.seq, model.last_seq);
                keys.push((member, key));
            }
            2 if !keys.is_empty() => {
                let (sender, key) = &keys[random.random_range(0..keys.len())];
                sessions[*sender].send(&group, "again", key).await;
            }
            way => {
                // Also beyond the last message, and backwards.
                let seq = random.random_range(0..=model.last_seq + 5);
                model.read[member] = model.read[member].max(seq.min(model.last_seq));
                let unread = match way {
                    3 => cluster.api(step).mark_read(&members[member], &group, seq).await,
                    _ => sessions[member].mark_read(&group, seq).await,
                };
                assert_eq!(unread, model.unread(member), "step {step}");
            }
        }
        let asked = random.random_range(0..members.len());
        let unread = cluster.logic(step).unread(&members[asked].id, &group).await;
        assert_eq!(unread, model.unread(asked), "step {step}");
    }
    for (member, account) in members.iter().enumerate() {
        assert_eq!(listed_unread(cluster, account, &group).await, model.unread(member));
    }
}

async fn joining_and_leaving_count_as_unread(cluster: &mut TestCluster) {
    let [ann, bob, carl] = cluster.sign_up_all(["ann", "bob", "carl"]).await;
    let group = cluster.api(0).create_group(&ann, &[&bob]).await;
    assert_eq!(cluster.logic(0).send(&bob.id, &group, "hello", "k1").await, Ok(1));

    // A SYSTEM message takes seq 2: read by the operator who caused it, unread by all others. Who joins has read what was before.
    cluster.logic(1).add_members(&ann.id, &group, &[&carl.id]).await;
    for (account, expected) in [(&ann, 0), (&bob, 1), (&carl, 1)] {
        assert_eq!(cluster.logic(0).unread(&account.id, &group).await, expected, "{}", account.name);
    }
    cluster.logic(0).remove_member(&ann.id, &group, &carl.id).await;
    for (account, expected) in [(&ann, 0), (&bob, 2)] {
        assert_eq!(cluster.logic(1).unread(&account.id, &group).await, expected, "{}", account.name);
    }
    let history = cluster.api(0).history(&bob, &group).await;
    let kinds: Vec<(i64, &str)> = history.iter().map(|message| (message.kind, &*message.sender_id)).collect();
    assert_eq!(kinds, [(1, &*bob.id), (4, &*ann.id), (4, &*ann.id)]);
}

async fn listed_unread(cluster: &TestCluster, account: &Account, conversation: &str) -> i64 {
    cluster.api(0).listed(account, conversation).await["unreadCount"].as_i64().unwrap()
}
