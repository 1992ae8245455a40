//! Tells gateways, again and again, that this process lives, and one of them what is owed.

use std::time::Duration;

use futures::future::join_all;
use kit::Shutdown;
use protos::Reason;
use protos::ids::ConversationId;
use protos::model::Debt;
use tokio::time::{Instant, sleep_until, timeout};

use super::gateways::GatewayLink;
use super::members::MemberCache;

/// Gateways hear this often that this process lives, give or take a fifth.
const KEEP_EVERY: Duration = Duration::from_secs(1);
/// Lists of members that are looked up in one go.
const LOOKED_UP_AT_ONCE: usize = 64;
/// Lists of members that take longer are looked up again in the next go.
const LOOKED_UP_WITHIN: Duration = Duration::from_secs(1);

/// Makes good what was given up. Cloning it shares it.
#[derive(Clone, Debug)]
pub(crate) struct Repair {
    pub(crate) members: MemberCache,
    pub(crate) link: GatewayLink,
}

impl Repair {
    /// Goes on until it is stopped.
    pub(crate) async fn run(self, stop: Shutdown) {
        while !stop.is_cancelled() {
            self.look_up_members().await;
            self.link.keep().await;
            let wait = KEEP_EVERY.mul_f64(rand::random_range(0.8..=1.2));
            stop.run_until_cancelled(sleep_until(Instant::now() + wait)).await;
        }
    }

    /// Tells every gateway that this process stops, unless something is owed: its silence has that made good.
    pub(crate) async fn say_goodbye(&self) {
        self.link.say_goodbye().await;
    }

    /// Finds out who the members are that are owed.
    async fn look_up_members(&self) {
        let looked_up = self.link.debts().take_members(LOOKED_UP_AT_ONCE).into_iter().map(
            |(conversation, version)| async move {
                self.look_up(conversation, version).await;
            },
        );
        join_all(looked_up).await;
    }

    async fn look_up(&self, conversation: ConversationId, version: i64) {
        let debts = self.link.debts();
        match timeout(LOOKED_UP_WITHIN, self.members.at_least(&conversation, version)).await {
            Ok(Ok(list)) => debts.add(Debt::users(list.user_ids.iter().cloned())),
            // Deleted meanwhile: its members were told of that.
            Ok(Err(error)) if error.reason() == Reason::ConversationNotFound => {}
            Ok(Err(_)) | Err(_) => debts.add_members(conversation, version),
        }
    }
}
