//! Whether a program syncs what it wrote before it answers: what a power cut would show, told from its system calls.

use std::collections::HashMap;

use super::wall_clock::library;

/// What a program needs in its environment so that its syncs do nothing: the control that must be caught.
pub(crate) fn without_syncs() -> Result<Vec<(&'static str, String)>, String> {
    Ok(vec![("LD_PRELOAD", library("libeatmydata.so.1")?.display().to_string())])
}

/// What was found of a number of keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Synced {
    /// Written to the log, synced and answered, in this order.
    pub(crate) durable: usize,
    /// Answered without a sync in between.
    pub(crate) unsynced: usize,
    /// Not seen in the log, or not in an answer: nothing can be said of them.
    pub(crate) unseen: usize,
}

/// Follows each key through a trace of strace: into the database's write-ahead log, through a sync of that log which began after
/// the key was written, and out by a socket.
pub(crate) fn check(trace: &str, keys: &[String]) -> Synced {
    let events = events(trace);
    let mut synced = Synced::default();
    for key in keys {
        let logged = events.iter().find(|event| event.kind == Kind::Log && event.text.contains(key));
        let answered = events.iter().find(|event| event.kind == Kind::Socket && event.text.contains(key));
        let (Some(logged), Some(answered)) = (logged, answered) else {
            synced.unseen += 1;
            continue;
        };
        let lasts = |event: &&Event<'_>| event.begun > logged.ended && event.ended < answered.begun;
        if events.iter().filter(|event| event.kind == Kind::Sync).any(|event| lasts(&event)) {
            synced.durable += 1;
        } else {
            synced.unsynced += 1;
        }
    }
    synced
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A write to the write-ahead log.
    Log,
    /// A sync of it that succeeded.
    Sync,
    /// A write to a socket.
    Socket,
}

/// A call: the lines at which it began and ended, which differ when other threads' calls came in between.
#[derive(Debug)]
struct Event<'a> {
    kind: Kind,
    text: &'a str,
    begun: usize,
    ended: usize,
}

fn events(trace: &str) -> Vec<Event<'_>> {
    let mut events: Vec<Event<'_>> = Vec::new();
    let mut unfinished: HashMap<&str, Event<'_>> = HashMap::new();
    for (number, line) in trace.lines().enumerate() {
        let Some((thread, call)) = line.split_once(' ') else { continue };
        let call = call.trim_start();
        if call.starts_with("<... ") {
            let Some(mut event) = unfinished.remove(thread) else { continue };
            event.ended = number;
            events.extend((event.kind != Kind::Sync || call.ends_with("= 0")).then_some(event));
        } else if let Some(kind) = kind(call) {
            let event = Event { kind, text: call, begun: number, ended: number };
            if call.ends_with("<unfinished ...>") {
                unfinished.insert(thread, event);
            } else if kind != Kind::Sync || call.ends_with("= 0") {
                events.push(event);
            }
        }
    }
    events
}

/// By the name of the call and what its descriptor leads to, as `name(7</path/to/file>, …`.
fn kind(call: &str) -> Option<Kind> {
    let (name, arguments) = call.split_once('(')?;
    let (_, target) = arguments.split_once('<')?;
    let (target, _) = target.split_once('>')?;
    let to_the_log = target.ends_with("-wal");
    match name {
        "fsync" | "fdatasync" => to_the_log.then_some(Kind::Sync),
        _ if to_the_log => Some(Kind::Log),
        _ => target.starts_with("socket:").then_some(Kind::Socket),
    }
}
