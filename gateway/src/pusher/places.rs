//! The pushes of one stream are kept in its order, though they are under way together.

use tokio::sync::oneshot::{self, error::TryRecvError};

/// Gives places to the pushes of a stream.
#[derive(Debug, Default)]
pub(super) struct Places(Option<Before>);

/// A push's place in its stream; dropped, the one behind it waits for those before it alone.
#[derive(Debug)]
pub(super) struct Place {
    before: Option<Before>,
    behind: Option<oneshot::Sender<Option<Before>>>,
}

/// Tells that the place before has been given up, and what that one still waited for.
#[derive(Debug)]
struct Before(oneshot::Receiver<Option<Before>>);

impl Places {
    /// The place behind the last one.
    pub(super) fn next(&mut self) -> Place {
        let (behind, before) = oneshot::channel();
        Place { before: self.0.replace(Before(before)), behind: Some(behind) }
    }
}

impl Place {
    /// Waits until all places before have been given up, as they are when their pushes end.
    pub(super) async fn reached(&mut self) {
        while let Some(Before(before)) = &mut self.before {
            self.before = before.await.ok().flatten();
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // Only those who are still there are passed on: a stream whose pushes never wait for their places would else drag all of its
        // past along, one inside the other.
        while let Some(Before(before)) = &mut self.before {
            match before.try_recv() {
                Ok(further) => self.before = further,
                Err(TryRecvError::Closed) => self.before = None,
                Err(TryRecvError::Empty) => break,
            }
        }
        if let Some(behind) = self.behind.take() {
            // There may be nobody behind it.
            behind.send(self.before.take()).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn a_place_is_reached_when_all_before_it_have_gone() {
        let mut places = Places::default();
        let [mut first, second, mut third] = [(); 3].map(|()| places.next());
        assert!(first.reached().now_or_never().is_some(), "nobody is before it");
        assert!(third.reached().now_or_never().is_none());
        drop(second);
        assert!(third.reached().now_or_never().is_none(), "the first is still before it");
        drop(first);
        assert!(third.reached().now_or_never().is_some());
    }

    /// So many that their chain could not be dropped on any stack.
    #[tokio::test]
    async fn a_long_stream_drags_nothing_along() {
        let mut places = Places::default();
        let mut under_way = std::collections::VecDeque::new();
        for _ in 0..1_000_000 {
            under_way.push_back(places.next());
            if under_way.len() > 64 {
                under_way.pop_front();
            }
        }
        let mut last = places.next();
        drop(under_way);
        assert!(last.reached().now_or_never().is_some());
    }
}
