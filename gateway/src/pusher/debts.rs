//! What other gateways did not take, until they are told to make it good.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use protos::ids::GatewayId;
use protos::model::Debt;
use tokio::time::Instant;

use super::delivery::Delivery;

/// What is owed to a gateway that is not known, not yet or not any more, is kept for so long. The lease of a new one is learned with
/// the next renewal; one that has lost its lease may be stopped for a while and go on.
const STRAYS_KEPT: Duration = Duration::from_secs(600);
/// Gateways that are not known yet and are owed something; one more, and every new one is owed everything.
const STRAYS_MAX: usize = 64;

/// What is owed to one gateway. Cloning it shares it.
#[derive(Clone, Debug, Default)]
pub(super) struct Debts(Arc<Mutex<Debt>>);

impl Debts {
    /// Adds to it.
    pub(super) fn add(&self, debt: Debt) {
        self.lock().add(debt);
    }

    /// Takes all of it; who cannot pay gives it back.
    pub(super) fn take(&self) -> Debt {
        std::mem::take(&mut *self.lock())
    }

    /// True when nothing is owed.
    pub(super) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// A panic while it was held leaves nothing half done that matters.
    fn lock(&self) -> MutexGuard<'_, Debt> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whom these deliveries were for. Signals are worth nothing later and owe nothing.
pub(super) fn owed_for<'a>(deliveries: impl IntoIterator<Item = &'a Delivery>) -> Debt {
    let mut debt = Debt::default();
    for delivery in deliveries {
        if delivery.is_signal() {
            continue;
        }
        debt.add_users(delivery.users.iter().cloned());
        if delivery.world {
            debt.add_world();
        }
    }
    debt
}

/// What is owed to gateways to which there is no link yet; pure but for the time it is given.
#[derive(Debug, Default)]
pub(super) struct Strays {
    owed: HashMap<GatewayId, (Debt, Instant)>,
    /// True while a gateway may live that nobody has told of: who is new may have missed anything.
    is_blind: bool,
}

impl Strays {
    /// Adds what a gateway is owed.
    pub(super) fn add(&mut self, gateway: &GatewayId, debt: Debt, now: Instant) {
        self.owed.retain(|_, (_, at)| *at + STRAYS_KEPT > now);
        if self.owed.len() >= STRAYS_MAX && !self.owed.contains_key(gateway) {
            self.is_blind = true;
            return;
        }
        let (owed, at) = self.owed.entry(gateway.clone()).or_insert_with(|| (Debt::default(), now));
        owed.add(debt);
        *at = now;
    }

    /// Notes that deliveries go by a list of gateways that may be too short.
    pub(super) fn lost_sight(&mut self) {
        self.is_blind = true;
    }

    /// What a gateway is owed to which there is a link from now on.
    pub(super) fn take(&mut self, gateway: &GatewayId) -> Debt {
        let owed = self.owed.remove(gateway).map(|(debt, _)| debt).unwrap_or_default();
        if self.is_blind { Debt::everybody() } else { owed }
    }

    /// Notes that every live gateway has been told of.
    pub(super) fn saw_all(&mut self) {
        self.is_blind = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_unknown_gateway_is_owed_waits_for_its_link() {
        let (mut strays, now) = (Strays::default(), Instant::now());
        let debt = |user: &str| Debt::users([user.into()]);
        strays.add(&"g2".into(), debt("u1"), now);
        strays.add(&"g2".into(), debt("u2"), now);
        assert_eq!(strays.take(&"g3".into()), Debt::default());
        assert_eq!(strays.take(&"g2".into()), Debt::users(["u1".into(), "u2".into()]));
        assert_eq!(strays.take(&"g2".into()), Debt::default(), "once");
        strays.add(&"g2".into(), debt("u1"), now);
        strays.add(&"g3".into(), debt("u1"), now + STRAYS_KEPT);
        assert_eq!(strays.take(&"g2".into()), Debt::default(), "it has not come in time");
    }

    #[test]
    fn who_comes_after_a_blind_time_or_too_many_unknown_ones_is_owed_everything() {
        let (mut strays, now) = (Strays::default(), Instant::now());
        strays.lost_sight();
        assert_eq!(strays.take(&"g2".into()), Debt::everybody());
        strays.saw_all();
        assert_eq!(strays.take(&"g2".into()), Debt::default());
        for number in 0..=STRAYS_MAX {
            strays.add(&format!("g{number}").as_str().into(), Debt::users(["u".into()]), now);
        }
        assert_eq!(strays.take(&"another".into()), Debt::everybody());
    }
}
