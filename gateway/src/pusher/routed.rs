//! Which gateway gets what part of deliveries, and what came of all parts.

use std::collections::HashSet;
use std::sync::Arc;

use protos::ids::GatewayId;

use super::delivery::Delivery;
use super::outcome::{Report, UserOutcome};

/// One gateway's part of some deliveries.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Share(Vec<Part>);

/// What is for it of one delivery: the delivery's place, and the places of the users in it; none for what goes to WORLD.
#[derive(Debug, PartialEq, Eq)]
struct Part {
    delivery: usize,
    users: Vec<usize>,
}

/// A share, and what the gateway reports of it.
#[derive(Debug)]
pub(super) struct Forwarded {
    pub(super) gateway: GatewayId,
    pub(super) share: Share,
    /// `None` when it did not answer.
    pub(super) reports: Option<Vec<Report>>,
}

/// Where deliveries went, and what came of it.
#[derive(Debug)]
pub(super) struct Routed {
    /// What the sessions here got.
    pub(super) here: Vec<Report>,
    pub(super) there: Vec<Forwarded>,
}

impl Share {
    /// Adds a user of a delivery; deliveries come in their order.
    pub(super) fn add(&mut self, delivery: usize, user: usize) {
        self.part(delivery).users.push(user);
    }

    /// Adds a delivery to WORLD.
    pub(super) fn add_world(&mut self, delivery: usize) {
        self.part(delivery);
    }

    fn part(&mut self, delivery: usize) -> &mut Part {
        if self.0.last().is_none_or(|last| last.delivery != delivery) {
            self.0.push(Part { delivery, users: Vec::new() });
        }
        let last = self.0.len() - 1;
        &mut self.0[last]
    }

    /// The deliveries for this gateway, each for its users there.
    pub(super) fn deliveries(&self, whole: &[Delivery]) -> Arc<[Delivery]> {
        let mut parts: Vec<Delivery> = Vec::with_capacity(self.0.len());
        for (number, part) in self.0.iter().enumerate() {
            let delivery = &whole[part.delivery];
            let same = number.checked_sub(1).map(|before| (&self.0[before], &parts[before].users));
            let same = same.filter(|(before, _)| {
                before.users == part.users && whole[before.delivery].shares_users(delivery)
            });
            let users = match same {
                Some((_, users)) => Arc::clone(users),
                None => part.users.iter().map(|user| delivery.users[*user].clone()).collect(),
            };
            parts.push(delivery.to(users));
        }
        parts.into()
    }
}

impl Routed {
    /// What became of each delivery for each of its users, in their order; of one to WORLD the one outcome that there is.
    pub(super) fn outcomes(self, own: &GatewayId, deliveries: &[Delivery]) -> Vec<Vec<UserOutcome>> {
        let here = self.here.into_iter().zip(deliveries);
        let mut outcomes: Vec<Vec<UserOutcome>> = here
            .map(|(report, delivery)| {
                let reached = if delivery.world { vec![report.world] } else { report.users };
                let outcome = |reached| {
                    let mut outcome = UserOutcome::default();
                    outcome.add(own, reached);
                    outcome
                };
                reached.into_iter().map(outcome).collect()
            })
            .collect();
        for Forwarded { gateway, share, reports } in self.there {
            let mut reports = reports.map(Vec::into_iter);
            for part in share.0 {
                let of_delivery = &mut outcomes[part.delivery];
                let report = reports.as_mut().map(|reports| reports.next().unwrap_or_default());
                let places = if part.users.is_empty() { vec![0] } else { part.users };
                for (index, place) in places.into_iter().enumerate() {
                    let outcome = &mut of_delivery[place];
                    match &report {
                        None => outcome.add_unreachable(&gateway),
                        Some(report) if deliveries[part.delivery].world => {
                            outcome.add(&gateway, report.world)
                        }
                        Some(report) => {
                            outcome.add(&gateway, report.users.get(index).copied().unwrap_or_default());
                        }
                    }
                }
            }
        }
        outcomes
    }

    /// The gateways that did not answer.
    pub(super) fn unreachable(self) -> HashSet<GatewayId> {
        let silent = self.there.into_iter().filter(|forwarded| forwarded.reports.is_none());
        silent.map(|forwarded| forwarded.gateway).collect()
    }
}

#[cfg(test)]
mod tests {
    use protos::ids::UserId;
    use protos::model::ChatEvent;

    use super::super::delivery::Event;
    use super::super::outcome::Status;
    use super::*;
    use crate::registry::Reached;

    fn delivery(users: &[&str], world: bool) -> Delivery {
        Delivery {
            event: Arc::new(Event::Chat(ChatEvent::ConversationDeleted("c1".into()))),
            users: users.iter().map(|user| UserId::from(*user)).collect(),
            world,
            exclude: HashSet::new(),
            push_id: None,
        }
    }

    fn reached(delivered: i32) -> Reached {
        Reached { delivered, ..Reached::default() }
    }

    fn report(users: &[i32], world: i32) -> Report {
        Report { users: users.iter().map(|users| reached(*users)).collect(), world: reached(world) }
    }

    /// Two users of the first delivery, WORLD, and the last user of the third.
    fn share() -> Share {
        let mut share = Share::default();
        share.add(0, 0);
        share.add(0, 2);
        share.add_world(1);
        share.add(2, 1);
        share
    }

    #[test]
    fn a_share_holds_its_users_in_their_order() {
        let whole = [delivery(&["a", "b", "c"], false), delivery(&[], true), delivery(&["a", "b"], false)];
        let users: Vec<Vec<UserId>> =
            share().deliveries(&whole).iter().map(|part| part.users.to_vec()).collect();
        assert_eq!(users, [vec!["a".into(), "c".into()], vec![], vec!["b".into()]]);
    }

    #[test]
    fn every_user_is_told_of_by_every_gateway_that_had_a_part_in_it() {
        let whole = [delivery(&["a", "b", "c"], false), delivery(&[], true), delivery(&["a", "b"], false)];
        let here = || vec![report(&[1, 0, 0], 0), report(&[], 4), report(&[0, 0], 0)];
        let answered = Forwarded {
            gateway: "g2".into(),
            share: share(),
            reports: Some(vec![report(&[1, 2], 0), report(&[], 3), report(&[0], 0)]),
        };
        let silent = Forwarded { gateway: "g3".into(), share: share(), reports: None };
        let routed = Routed { here: here(), there: vec![answered, silent] };
        let outcomes = routed.outcomes(&"g1".into(), &whole);
        let counts: Vec<Vec<i32>> =
            outcomes.iter().map(|users| users.iter().map(|outcome| outcome.delivered).collect()).collect();
        assert_eq!(counts, [vec![2, 0, 2], vec![7], vec![0, 0]]);
        let statuses: Vec<Vec<Status>> =
            outcomes.iter().map(|users| users.iter().map(UserOutcome::status).collect()).collect();
        let (delivered, offline, unreachable) = (Status::Delivered, Status::Offline, Status::Unreachable);
        assert_eq!(
            statuses,
            [vec![delivered, offline, delivered], vec![delivered], vec![offline, unreachable]]
        );
        assert_eq!(outcomes[0][0].gateways, ["g1".into(), "g2".into(), "g3".into()]);
        assert_eq!(outcomes[0][1].gateways, [] as [GatewayId; 0]);
        let silent = Forwarded { gateway: "g3".into(), share: share(), reports: None };
        let unreachable = Routed { here: here(), there: vec![silent] }.unreachable();
        assert_eq!(unreachable, HashSet::from(["g3".into()]));
    }
}
