//! Many clients that send into one conversation at once.

use futures::future::join_all;

use crate::checker::Sent;
use crate::cluster::{Account, Session, TestCluster};

/// A group of members with one session each, spread over the gateways.
#[derive(Debug)]
pub(crate) struct Crowd {
    pub(crate) conversation: String,
    pub(crate) owner: Account,
    pub(crate) sessions: Vec<Session>,
}

impl Crowd {
    /// An owner and guests: so many sessions together.
    pub(crate) async fn gather(cluster: &TestCluster, count: usize) -> Self {
        let owner = cluster.sign_up("owner").await;
        let guests = cluster.guests(count - 1).await;
        let conversation = cluster.api(0).create_group(&owner, &guests.iter().collect::<Vec<_>>()).await;
        let members = std::iter::once(&owner).chain(&guests);
        let sessions = join_all(members.enumerate().map(|(n, member)| cluster.connect(member, n))).await;
        Self { conversation, owner, sessions }
    }

    /// Every session sends so many messages, `at_once` of them before the first is acknowledged; all acks, in each sender's order.
    pub(crate) async fn flood(&self, each: usize, at_once: usize) -> Vec<Sent> {
        let floods = self.sessions.iter().map(async |session| {
            let mut sent = Vec::with_capacity(each);
            for from in (0..each).step_by(at_once) {
                let numbers = from..each.min(from + at_once);
                sent.extend(join_all(numbers.map(|number| self.send(session, number))).await);
            }
            sent
        });
        join_all(floods).await.into_iter().flatten().collect()
    }

    async fn send(&self, session: &Session, number: usize) -> Sent {
        let (content, key) = (format!("{number} of {}", session.user_id), format!("k{number}"));
        let ack = session.send(&self.conversation, &content, &key).await;
        Sent {
            sender_id: session.user_id.clone(),
            conversation_id: self.conversation.clone(),
            client_msg_id: key,
            content,
            seq: Some(ack.seq),
            ..Sent::default()
        }
    }
}
