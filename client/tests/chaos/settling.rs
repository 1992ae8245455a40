//! After healing: everybody gets acknowledged what they sent, and what they hold is held against the histories.

use std::time::Duration;

use futures::StreamExt;
use tokio::time::Instant;

use crate::checker::{Findings, Histories, Sent, check};
use crate::cluster::{Message, Site};
use crate::crowd::Crowd;
use crate::member::Phase;
use crate::row::Row;

/// Clients hold everything this long after healing.
const CONVERGE: Duration = Duration::from_secs(15);
/// Who closes their socket is offline after so long.
const CLEAN_CLOSE: Duration = Duration::from_secs(2);
/// What looking takes on a busy machine.
pub(crate) const SLACK: Duration = Duration::from_secs(3);
/// Histories read at once.
const AT_ONCE: usize = 8;
/// Examples of what is missing that are told.
const EXAMPLES: usize = 5;

/// Stops the chat and waits until everybody is as they must be `CONVERGE` after `healed`; what is wrong then goes into the row.
pub(crate) async fn settle(site: &Site, crowd: &Crowd, healed: Instant, row: &mut Row) {
    crowd.enter(Phase::Finish);
    let deadline = healed + CONVERGE + SLACK;
    let all_done = until(deadline, || open_requests(crowd) == 0).await;
    let stuck = open_requests(crowd);
    row.demand(all_done, || {
        format!("{stuck} sends and recalls were not answered {CONVERGE:?} after healing")
    });
    crowd.enter(Phase::Listen);
    let quiet = Instant::now();
    let histories = histories(site, crowd).await;
    // What was acknowledged last is pushed at once, when nothing is broken.
    let deadline = deadline.max(quiet + SLACK);
    until(deadline, || crowd.is_connected() && missing(crowd, &histories, &mut Vec::new()).0 == 0).await;
    row.demand(crowd.is_connected(), || format!("not everybody is connected {CONVERGE:?} after healing"));
    let mut examples = Vec::new();
    let (missing, altered) = missing(crowd, &histories, &mut examples);
    let sent: Vec<Sent> =
        crowd.notes(|notebook| notebook.ops.iter().map(|op| op.sent.clone()).collect::<Vec<_>>()).concat();
    let mut findings: Findings = check(&histories, &sent, std::iter::empty());
    findings.missing = missing;
    findings.altered = altered;
    findings.failed = stuck + crowd.notes(failed).iter().sum::<usize>();
    findings.leaks = crowd.notes(|notebook| notebook.leaks.len()).iter().sum();
    row.findings = findings;
    row.wrong.extend(examples.into_iter().take(EXAMPLES));
    let odd = crowd.notes(|notebook| [notebook.leaks.clone(), notebook.odd.clone()].concat()).concat();
    row.wrong.extend(odd.into_iter().take(EXAMPLES));
}

/// Sends that were refused for good.
fn failed(notebook: &crate::member::Notebook) -> usize {
    notebook.ops.iter().filter(|op| op.done.is_some() && op.sent.seq.is_none()).count()
}

/// Sends and recalls without an answer.
fn open_requests(crowd: &Crowd) -> usize {
    crowd.notes(|notebook| notebook.ops.iter().filter(|op| op.is_open()).count()).iter().sum()
}

/// Messages and recalls that members lack, and that they hold otherwise than history has them.
fn missing(crowd: &Crowd, histories: &Histories, examples: &mut Vec<String>) -> (usize, usize) {
    let (mut missing, mut altered) = (0, 0);
    for talk in &crowd.talks {
        for member in &talk.members {
            let (difference, told) = crowd.note(*member, |notebook| {
                let held = &notebook.held[&talk.id];
                let difference = held.differs(&histories[&talk.id]);
                let (name, at, position) = (&notebook.account.name, &notebook.gateway, held.position());
                let length = histories[&talk.id].len();
                let told = || {
                    let seq = difference.first.and_then(|seq| usize::try_from(seq - 1).ok());
                    let first = seq.and_then(|place| histories[&talk.id].get(place));
                    let first = first.map(|first| format!("{} {:?}, made at {}", first.id, first.content, first.created_at));
                    format!("{name} on {at:?} holds up to {position:?} of {length}: {difference:?}; first {first:?}")
                };
                (difference, (difference != Default::default()).then(told))
            });
            missing += difference.missing + difference.unrecalled;
            altered += difference.altered;
            examples.extend(told);
        }
    }
    (missing, altered)
}

async fn histories(site: &Site, crowd: &Crowd) -> Histories {
    let read = futures::stream::iter(&crowd.talks).map(async |talk| {
        let reader = crowd.note(talk.members[0], |notebook| notebook.account.clone());
        let history: Vec<Message> = site.api(0).history(&reader, &talk.id).await;
        (talk.id.clone(), history)
    });
    read.buffer_unordered(AT_ONCE).collect().await
}

/// Waits until presence is right everywhere, at the longest until it must be after `healed`: how long that took, and what is wrong then.
pub(crate) async fn settle_presence(
    site: &Site,
    crowd: &Crowd,
    healed: Instant,
) -> (Duration, Option<String>) {
    let wrong = presence_is_right(site, crowd, healed + CONVERGE + SLACK).await;
    (healed.elapsed(), wrong)
}

/// Everybody leaves: nobody is online soon after.
pub(crate) async fn leave(site: &Site, crowd: &mut Crowd, row: &mut Row) {
    crowd.enter(Phase::Leave);
    crowd.gone().await;
    let left = Instant::now();
    let wrong = presence_is_right(site, crowd, left + CLEAN_CLOSE + SLACK).await;
    row.demand(wrong.is_none(), || format!("presence after everybody left: {}", wrong.unwrap_or_default()));
}

/// Waits until every repo tells of every member where they are; what is wrong at the deadline.
pub(crate) async fn presence_is_right(site: &Site, crowd: &Crowd, deadline: Instant) -> Option<String> {
    let mut wrong = Some("it was not read".to_owned());
    let looking = async {
        loop {
            wrong = wrong_presence(site, crowd).await;
            if wrong.is_none() {
                return;
            }
            tokio::time::sleep_until(Instant::now() + Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout_at(deadline, looking).await.ok();
    wrong
}

async fn wrong_presence(site: &Site, crowd: &Crowd) -> Option<String> {
    let expected = crowd.whereabouts();
    let users: Vec<&str> = expected.keys().map(String::as_str).collect();
    for repo in 0..site.repos.len() {
        let Some(seen) = site.repo(repo).try_presences(&users).await else {
            return Some(format!("repo-{repo} does not tell"));
        };
        for (user, presence) in users.iter().zip(seen) {
            let at: Vec<String> = expected[*user].iter().cloned().collect();
            if presence.gateway_ids != at || presence.online == at.is_empty() {
                return Some(format!("repo-{repo} tells of {user} {presence:?}, who is at {at:?}"));
            }
        }
    }
    None
}

async fn until(deadline: Instant, mut holds: impl FnMut() -> bool) -> bool {
    let looking = async {
        while !holds() {
            tokio::time::sleep_until(Instant::now() + Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout_at(deadline, looking).await.is_ok()
}
