//! The sessions of one thread.

use std::rc::Rc;

use futures::{StreamExt, TryStreamExt, stream};
use tokio::task::JoinSet;

use crate::command::Failure;
use crate::command::bench::wire::{Address, Ear, Heard, Link};

/// Connections in the making at a time.
const AT_ONCE: usize = 64;

/// Open sessions, in the order of their addresses.
pub(super) struct Crew {
    pub(super) links: Vec<Rc<Link>>,
    ears: Vec<Ear>,
}

/// Tasks that hear what sessions are told.
pub(super) struct Listeners(JoinSet<Result<(), Failure>>);

impl Crew {
    /// Opens a session for each.
    ///
    /// # Errors
    /// When one does not open.
    pub(super) async fn open(addresses: impl IntoIterator<Item = &Address>) -> Result<Self, Failure> {
        let opening = stream::iter(addresses).map(Address::open).buffered(AT_ONCE);
        let (links, ears) = opening.try_collect::<Vec<_>>().await?.into_iter().unzip();
        Ok(Self { links, ears })
    }

    /// Every session says these words, and waits until the last was acknowledged (as number 0).
    ///
    /// # Errors
    /// When one is not heard.
    pub(super) async fn introduce(&mut self, words: &[String]) -> Result<(), Failure> {
        if words.is_empty() {
            return Ok(());
        }
        for link in &self.links {
            words.iter().try_for_each(|words| link.say(words.as_bytes()))?;
        }
        for ear in &mut self.ears {
            ear.until(|heard| Ok(heard == Heard::Acked(0))).await?;
        }
        Ok(())
    }

    /// Begins to listen: `hearer` makes what hears the session of a number; that says whether it has heard enough.
    pub(super) fn listen<H>(&mut self, hearer: impl Fn(usize) -> H) -> Listeners
    where
        H: FnMut(Heard<'_>) -> Result<bool, Failure> + 'static,
    {
        let mut tasks = JoinSet::new();
        for (number, mut ear) in self.ears.drain(..).enumerate() {
            let hear = hearer(number);
            tasks.spawn_local(async move { ear.until(hear).await });
        }
        Listeners(tasks)
    }

    /// Says goodbye on all.
    pub(super) fn close(&self) {
        self.links.iter().for_each(Link::close);
    }
}

impl Listeners {
    /// Waits until one fails.
    pub(super) async fn first_failure(&mut self) -> Failure {
        while let Some(ended) = self.0.join_next().await {
            match ended {
                Ok(Ok(())) => {}
                Ok(Err(failure)) => return failure,
                Err(panicked) => return panicked.into(),
            }
        }
        std::future::pending().await
    }
}

/// A server that says what is wrong.
pub(super) fn complaint(text: &[u8]) -> Failure {
    format!("the server complains: {}", String::from_utf8_lossy(text)).into()
}

/// Checks the number of a message against the one that must come next.
///
/// # Errors
/// When messages were lost, came twice, or came out of order.
pub(super) fn in_order(what: &str, told: u64, expected: u64) -> Result<(), Failure> {
    match told {
        told if told == expected => Ok(()),
        told if told < expected => {
            Err(format!("message {told} was {what} twice or too late: {expected} is the next").into())
        }
        _ => Err(format!("message {told} was {what} before {expected}, which is lost or late").into()),
    }
}

/// What each of so many threads gets, in order; fewer threads where there is less.
pub(super) fn share<T>(mut all: Vec<T>, threads: usize) -> Vec<Vec<T>> {
    let threads = threads.clamp(1, all.len().max(1));
    let each = all.len().div_ceil(threads);
    let mut shares = Vec::new();
    while all.len() > each {
        let rest = all.split_off(each);
        shares.push(std::mem::replace(&mut all, rest));
    }
    shares.push(all);
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_shared_out_in_order() {
        assert_eq!(share(vec![1, 2, 3, 4, 5], 2), [vec![1, 2, 3], vec![4, 5]]);
        assert_eq!(share(vec![1, 2], 5), [vec![1], vec![2]]);
        assert_eq!(share(Vec::<u8>::new(), 3), [Vec::<u8>::new()]);
    }

    #[test]
    fn what_is_not_the_next_is_told() {
        assert!(in_order("delivered", 7, 7).is_ok());
        assert!(in_order("delivered", 6, 7).unwrap_err().to_string().contains("twice or too late"));
        assert!(in_order("delivered", 9, 7).unwrap_err().to_string().contains("lost or late"));
    }
}
