//! Links to gateways, and debts.

use crate::error::{Error, Result};
use crate::ids::LinkId;
use crate::model::limits::DEBT_MAX_IDS;
use crate::model::{Debt, LinkPosition};
use crate::pb::gateway;

impl From<LinkPosition> for gateway::LinkPosition {
    fn from(position: LinkPosition) -> Self {
        Self {
            link_id: position.link.into(),
            number: position.number,
            answered: position.answered,
            forwarded: position.is_forwarded,
        }
    }
}

impl TryFrom<gateway::LinkPosition> for LinkPosition {
    type Error = Error;

    fn try_from(position: gateway::LinkPosition) -> Result<Self> {
        Ok(Self {
            link: LinkId::parse("link_id", position.link_id)?,
            number: position.number,
            answered: position.answered,
            is_forwarded: position.forwarded,
        })
    }
}

impl From<Debt> for gateway::Debt {
    fn from(debt: Debt) -> Self {
        let (users, world, everybody, broken_links) = debt.into_parts();
        Self {
            user_ids: users.into_iter().map(Into::into).collect(),
            world,
            everybody,
            broken_link_ids: broken_links.into_iter().map(Into::into).collect(),
        }
    }
}

impl TryFrom<gateway::Debt> for Debt {
    type Error = Error;

    fn try_from(debt: gateway::Debt) -> Result<Self> {
        if debt.user_ids.len().max(debt.broken_link_ids.len()) > DEBT_MAX_IDS {
            return Err(Error::invalid(format!("a debt names at most {DEBT_MAX_IDS} ids")));
        }
        let mut owed = Self::users(debt.user_ids.into_iter().map(Into::into));
        if debt.world {
            owed.add_world();
        }
        for link in debt.broken_link_ids {
            owed.add(Self::broken_link(LinkId::parse("broken_link_ids", link)?));
        }
        if debt.everybody {
            owed.add_everybody();
        }
        Ok(owed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_debt_comes_back_from_the_wire_as_it_was() {
        let mut debt = Debt::users(["u1".into(), "u2".into()]);
        debt.add(Debt::broken_link("l1".into()));
        debt.add_world();
        for debt in [debt, Debt::everybody(), Debt::default()] {
            assert_eq!(Debt::try_from(gateway::Debt::from(debt.clone())), Ok(debt));
        }
        let many = gateway::Debt { user_ids: vec!["u".into(); DEBT_MAX_IDS + 1], ..Default::default() };
        assert!(Debt::try_from(many).is_err());
    }
}
