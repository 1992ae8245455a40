//! The sending end of a link to a gateway: its name and its numbers.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use protos::ids::LinkId;
use protos::model::LinkPosition;

/// Numbers what one sender sends to one gateway. Cloning it shares it.
#[derive(Clone, Debug)]
pub struct LinkNumbers(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    link: LinkId,
    is_forwarded: bool,
    last: AtomicI64,
    answered: AtomicI64,
}

impl LinkNumbers {
    /// The numbers of this link, from 1 on; `is_forwarded` is true between gateways.
    #[must_use]
    pub fn new(link: LinkId, is_forwarded: bool) -> Self {
        let (last, answered) = (AtomicI64::new(0), AtomicI64::new(0));
        Self(Arc::new(Inner { link, is_forwarded, last, answered }))
    }

    /// The next call's position.
    #[must_use]
    pub fn next(&self) -> LinkPosition {
        LinkPosition {
            link: self.0.link.clone(),
            // Read before the number is taken, so that it is always a smaller one.
            answered: self.0.answered.load(Ordering::SeqCst),
            number: self.0.last.fetch_add(1, Ordering::SeqCst) + 1,
            is_forwarded: self.0.is_forwarded,
        }
    }

    /// Notes that the call of this number was answered.
    pub fn answered(&self, number: i64) {
        self.0.answered.fetch_max(number, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_under_way_at_once_have_their_own_numbers() {
        let numbers = LinkNumbers::new("l".into(), false);
        let [first, second] = [numbers.next(), numbers.next()];
        assert_eq!(((first.number, first.answered), (second.number, second.answered)), ((1, 0), (2, 0)));
        numbers.answered(second.number);
        numbers.answered(first.number);
        let third = numbers.next();
        assert_eq!((third.number, third.answered), (3, 2));
    }
}
