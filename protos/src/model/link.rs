//! Links that carry deliveries to a gateway, and what is owed when they could not.

use std::collections::HashSet;

use super::limits::DEBT_MAX_IDS;
use crate::ids::{LinkId, UserId};

/// Where a sender stands in what it sends to one gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkPosition {
    /// Which start of which sender.
    pub link: LinkId,
    /// This call's number: 1, 2, 3 …
    pub number: i64,
    /// The highest number that the gateway has answered; 0: none.
    pub answered: i64,
    /// True between gateways: its break is not passed on.
    pub is_forwarded: bool,
}

/// What could not be brought: the sessions of these are to `sync`. It names at most [`DEBT_MAX_IDS`] ids; one more, and everybody is
/// owed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Debt {
    users: HashSet<UserId>,
    world: bool,
    everybody: bool,
    broken_links: HashSet<LinkId>,
}

impl Debt {
    /// Everybody is owed.
    #[must_use]
    pub fn everybody() -> Self {
        Self { everybody: true, ..Self::default() }
    }

    /// These users are owed.
    #[must_use]
    pub fn users(users: impl IntoIterator<Item = UserId>) -> Self {
        let mut debt = Self::default();
        debt.add_users(users);
        debt
    }

    /// Everybody is owed by whom noticed that this link broke, and by nobody else.
    #[must_use]
    pub fn broken_link(link: LinkId) -> Self {
        Self { broken_links: HashSet::from([link]), ..Self::default() }
    }

    /// True when nobody is owed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.users.is_empty() && !self.world && !self.everybody && self.broken_links.is_empty()
    }

    /// Adds users.
    pub fn add_users(&mut self, users: impl IntoIterator<Item = UserId>) {
        if self.everybody {
            return;
        }
        for user in users {
            self.users.insert(user);
            if self.users.len() > DEBT_MAX_IDS {
                return self.add_everybody();
            }
        }
    }

    /// Adds whoever has joined WORLD, for that conversation.
    pub fn add_world(&mut self) {
        self.world = !self.everybody;
    }

    /// Adds everybody, which says all that there is to say.
    pub fn add_everybody(&mut self) {
        *self = Self::everybody();
    }

    /// Adds what another debt says.
    pub fn add(&mut self, other: Self) {
        if other.everybody {
            return self.add_everybody();
        }
        if other.world {
            self.add_world();
        }
        if !self.everybody {
            self.broken_links.extend(other.broken_links);
        }
        if self.broken_links.len() > DEBT_MAX_IDS {
            return self.add_everybody();
        }
        self.add_users(other.users);
    }

    /// What it says: users, WORLD, everybody, broken links.
    #[must_use]
    pub fn into_parts(self) -> (HashSet<UserId>, bool, bool, HashSet<LinkId>) {
        (self.users, self.world, self.everybody, self.broken_links)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(number: usize) -> UserId {
        UserId::from(format!("u{number}"))
    }

    #[test]
    fn a_debt_names_ten_thousand_and_then_it_is_everybodys() {
        let mut debt = Debt::users((0..DEBT_MAX_IDS).map(user));
        debt.add_users([user(0)]);
        let (users, world, everybody, _) = debt.clone().into_parts();
        assert_eq!((users.len(), world, everybody), (DEBT_MAX_IDS, false, false));
        debt.add_users([user(DEBT_MAX_IDS)]);
        assert_eq!(debt, Debt::everybody());
        debt.add_users([user(0)]);
        debt.add_world();
        assert_eq!(debt, Debt::everybody(), "nobody is named beside everybody");
    }

    #[test]
    fn debts_add_up() {
        let mut debt = Debt::default();
        assert!(debt.is_empty());
        debt.add(Debt::users([user(1)]));
        debt.add(Debt::broken_link("l1".into()));
        debt.add_world();
        let (users, world, everybody, links) = debt.clone().into_parts();
        assert_eq!((users.len(), world, everybody, links.len()), (1, true, false, 1));
        let mut halves = Debt::users((0..DEBT_MAX_IDS).map(user));
        halves.add(Debt::users([user(DEBT_MAX_IDS)]));
        assert_eq!(halves, Debt::everybody());
        debt.add(halves);
        assert_eq!(debt, Debt::everybody());
    }
}
