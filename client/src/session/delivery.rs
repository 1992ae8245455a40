//! Events on their way to the application.

use std::collections::VecDeque;

use tokio::sync::mpsc;

use super::event::Event;

/// Events that wait for room in the application's queue; beyond that the socket is not read.
const MAX_WAITING: usize = 256;

/// What was heard and not yet taken into the application's queue.
#[derive(Debug)]
pub(super) struct Delivery {
    queue: mpsc::Sender<Event>,
    waiting: VecDeque<Event>,
}

impl Delivery {
    pub(super) fn new(queue: mpsc::Sender<Event>) -> Self {
        Self { queue, waiting: VecDeque::new() }
    }

    /// Hands an event over at once where there is room, else later, by [`Delivery::next`]. Where nobody listens it is thrown away.
    pub(super) fn push(&mut self, event: Event) {
        if self.queue.is_closed() {
            return self.waiting.clear();
        }
        if !self.waiting.is_empty() {
            return self.waiting.push_back(event);
        }
        if let Err(mpsc::error::TrySendError::Full(event)) = self.queue.try_send(event) {
            self.waiting.push_back(event);
        }
    }

    /// True when nothing waits.
    pub(super) fn is_done(&self) -> bool {
        self.waiting.is_empty()
    }

    /// True while more may be heard.
    pub(super) fn has_room(&self) -> bool {
        self.waiting.len() < MAX_WAITING
    }

    /// Waits for room and hands over what waits, as far as it goes. Nothing is lost when this is dropped before its end.
    pub(super) async fn next(&mut self) {
        let Ok(place) = self.queue.reserve().await else { return self.waiting.clear() };
        if let Some(event) = self.waiting.pop_front() {
            place.send(event);
        }
    }

    /// Hands over all that waits.
    pub(super) async fn finish(mut self) {
        while !self.is_done() {
            self.next().await;
        }
    }
}
