//! Which messages a session has heard.

use std::collections::BTreeSet;

use super::crew::in_order;
use crate::command::Failure;

/// Messages are numbered from a base on, without a gap.
#[derive(Debug)]
pub(super) struct Seen {
    last: u64,
    /// Heard before one that comes earlier.
    ahead: BTreeSet<u64>,
    in_order: bool,
}

impl Seen {
    /// Nothing after `base`; `in_order` when none may overtake another.
    pub(super) fn after(base: u64, in_order: bool) -> Self {
        Self { last: base, ahead: BTreeSet::new(), in_order }
    }

    /// Notes that a message was heard.
    ///
    /// # Errors
    /// When it was heard before, or another ought to have come first.
    pub(super) fn hear(&mut self, what: &str, number: u64) -> Result<(), Failure> {
        if self.in_order || number <= self.last + 1 {
            in_order(what, number, self.last + 1)?;
            self.last = number;
            while self.ahead.remove(&(self.last + 1)) {
                self.last += 1;
            }
            return Ok(());
        }
        match self.ahead.insert(number) {
            true => Ok(()),
            false => Err(format!("message {number} was {what} twice").into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_overtake_still_comes_once() {
        let mut seen = Seen::after(10, false);
        for number in [12, 11, 13, 16, 15, 14] {
            seen.hear("delivered", number).unwrap();
        }
        assert_eq!((seen.last, seen.ahead.len()), (16, 0));
        for double in [11, 16] {
            assert!(seen.hear("delivered", double).is_err(), "{double}");
        }
        seen.hear("delivered", 20).unwrap();
        assert!(seen.hear("delivered", 20).is_err());
    }

    #[test]
    fn what_may_not_overtake_comes_in_order() {
        let mut seen = Seen::after(0, true);
        assert!(seen.hear("delivered", 2).is_err());
        seen.hear("delivered", 1).unwrap();
        seen.hear("delivered", 2).unwrap();
        assert!(seen.hear("delivered", 2).is_err());
    }
}
