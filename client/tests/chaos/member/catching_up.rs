//! When a member syncs, and what with: when it connects, when it is told to, and when a gap stays.

use std::collections::HashMap;
use std::time::Duration;

use rand::RngExt;
use rand::rngs::StdRng;
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::notebook::Notebook;
use crate::cluster::Frame;

/// A gap is borne for so long: what is late may still come.
const GAP: Duration = Duration::from_millis(300);
/// A member waits so long for an answer before it asks again.
const PATIENCE: Duration = Duration::from_secs(6);
/// Time until what was refused for now is asked again, at the most.
const RETRY: Duration = Duration::from_secs(1);
/// Messages in one answer.
const LIMIT: usize = 500;

#[derive(Clone, Copy, Debug)]
struct Due {
    at: Instant,
    /// Only if there is a gap then.
    if_gap: bool,
}

#[derive(Debug)]
struct Asked {
    id: String,
    at: Instant,
    /// Empty: without naming any.
    names: Vec<String>,
}

/// What is to be asked, and what has been.
#[derive(Debug, Default)]
pub(super) struct CatchingUp {
    due: HashMap<String, Due>,
    /// All conversations are to be asked about, from then on.
    all_at: Option<Instant>,
    asked: Option<Asked>,
    count: usize,
}

impl CatchingUp {
    /// A new connection: everything is asked.
    pub(super) fn begin() -> Self {
        Self { all_at: Some(Instant::now()), ..Self::default() }
    }

    /// True while an answer is owed.
    pub(super) fn is_waiting(&self) -> bool {
        self.asked.is_some()
    }

    /// When there is something to do.
    pub(super) fn wake(&self) -> Option<Instant> {
        match &self.asked {
            Some(asked) => Some(asked.at + PATIENCE),
            None => self.due.values().map(|due| due.at).chain(self.all_at).min(),
        }
    }

    /// A conversation has a gap.
    pub(super) fn gap(&mut self, conversation: String, now: Instant) {
        self.due.entry(conversation).or_insert(Due { at: now + GAP, if_gap: true });
    }

    /// A `resync` came, to be heeded at `at`.
    pub(super) fn told(&mut self, data: &Value, at: Instant, notebook: &Notebook) {
        let Some(names) = data["conversations"].as_array() else {
            self.all_at = Some(self.all_at.map_or(at, |before| before.min(at)));
            return;
        };
        let own = names.iter().filter_map(Value::as_str).filter(|name| notebook.held.contains_key(*name));
        for name in own {
            self.due.insert(name.to_owned(), Due { at, if_gap: false });
        }
    }

    /// The frame to send now.
    pub(super) fn due(&mut self, now: Instant, notebook: &mut Notebook) -> Option<String> {
        if let Some(asked) = &self.asked {
            if now < asked.at + PATIENCE {
                return None;
            }
            self.again(now);
        }
        let all = self.all_at.take_if(|at| *at <= now).is_some();
        let names: Vec<String> = if all {
            notebook.held.keys().cloned().collect()
        } else {
            let due = self.due.iter().filter(|(_, due)| due.at <= now);
            let meant = due.filter(|(name, due)| !due.if_gap || notebook.held[*name].has_gap());
            meant.map(|(name, _)| name.clone()).collect()
        };
        self.due.retain(|name, due| due.at > now && !names.contains(name));
        if names.is_empty() && !all {
            return None;
        }
        notebook.syncs += 1;
        self.count += 1;
        let id = format!("sync {}", self.count);
        let positions = names.iter().map(|name| {
            let (seq, change) = notebook.held[name].position();
            (name.clone(), json!({ "seq": seq, "change": change }))
        });
        let positions: Map<String, Value> = positions.collect();
        let data = json!({ "conversations": positions, "limit": LIMIT, "partial": !all });
        let frame = json!({ "type": "sync", "id": id, "data": data }).to_string();
        self.asked = Some(Asked { id, at: now, names });
        Some(frame)
    }

    /// An answer came.
    pub(super) fn done(&mut self, frame: &Frame, now: Instant, notebook: &mut Notebook) {
        let is_it = |asked: &mut Asked| frame.id.as_deref() == Some(&asked.id);
        let Some(asked) = self.asked.take_if(is_it) else { return };
        for name in asked.names {
            let standing = &frame.data["conversations"][&name];
            let (last, change) = (standing["lastSeq"].as_i64(), standing["change"].as_i64());
            let (Some(last), Some(change), Some(held)) = (last, change, notebook.held.get_mut(&name)) else {
                notebook.odd.push(format!("the sync of {name} was not answered: {}", frame.data["gone"]));
                continue;
            };
            held.stand(last, change);
            if standing["hasMore"] == true {
                self.due.insert(name, Due { at: now, if_gap: false });
            } else if held.has_gap() {
                self.gap(name, now);
            }
        }
    }

    /// True when this answers a sync, which is asked for again.
    pub(super) fn refused(&mut self, frame: &Frame, now: Instant, rng: &mut StdRng) -> bool {
        let is_it = self.asked.as_ref().is_some_and(|asked| frame.id.as_deref() == Some(&asked.id));
        if is_it {
            self.again(now + RETRY.mul_f64(rng.random_range(0.3..1.0)));
        }
        is_it
    }

    fn again(&mut self, at: Instant) {
        let Some(asked) = self.asked.take() else { return };
        for name in &asked.names {
            self.due.insert(name.clone(), Due { at, if_gap: false });
        }
        if asked.names.is_empty() {
            self.all_at = Some(at);
        }
    }
}
