//! Tells another gateway, again and again, that this one lives, and with that what it is owed.

use std::time::Duration;

use kit::Shutdown;
use kit::grpc::AuthorizedChannel;
use kit::link::LinkNumbers;
use protos::model::Debt;
use protos::pb::gateway::router_service_client::RouterServiceClient;
use tokio::time::{Instant, sleep_until};

use super::convert;
use super::debts::Debts;
use super::peers::within_deadline;

/// One end of the link to a gateway.
#[derive(Clone, Debug)]
pub(super) struct Keeper {
    pub(super) channel: AuthorizedChannel,
    pub(super) numbers: LinkNumbers,
    pub(super) debts: Debts,
    pub(super) every: Duration,
    /// When the link is given up.
    pub(super) stop: Shutdown,
    /// When the other side knows as much as it will be told.
    pub(super) ended: Shutdown,
}

impl Keeper {
    /// Keeps the link until it is given up; then says goodbye, unless something is owed or `is_idle` tells that something is still
    /// under way: silence has it made good.
    pub(super) async fn keep(self, is_idle: impl Fn() -> bool) {
        let _ended = self.ended.clone().drop_guard();
        while !self.stop.is_cancelled() {
            self.say(false).await;
            let wait = self.every.mul_f64(rand::random_range(0.8..=1.2));
            self.stop.run_until_cancelled(sleep_until(Instant::now() + wait)).await;
        }
        if self.debts.is_empty() && is_idle() {
            self.say(true).await;
        }
    }

    /// A debt that could not be told stays.
    async fn say(&self, goodbye: bool) {
        let debt = if goodbye { Debt::default() } else { self.debts.take() };
        let position = self.numbers.next();
        let number = position.number;
        let request = convert::keep_link(position, debt.clone(), goodbye);
        let mut client = RouterServiceClient::new(self.channel.clone());
        match within_deadline(client.keep_link(request)).await {
            Ok(_) => self.numbers.answered(number),
            Err(error) => {
                tracing::debug!(%error, "a gateway does not hear that this one lives");
                self.debts.add(debt);
            }
        }
    }
}
