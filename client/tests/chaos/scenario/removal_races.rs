//! Members who are removed or muted while they and others send: once that has returned, nothing of theirs is stored, and no later
//! message reaches who was removed.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::future::{join, join_all};
use rand::RngExt;
use rand::rngs::StdRng;
use reqwest::Method;
use serde_json::json;
use tokio::time::{Instant, sleep_until};

use crate::checker::{Sent, check};
use crate::cluster::{Account, Ack, DEADLINE, Message, Session, Site, new_message};
use crate::row::Row;
use crate::run::Run;

/// Who send: the first is removed, the second muted, the others only send.
const SENDERS: usize = 4;
/// The removal falls anywhere within this time.
const MOMENT: Duration = Duration::from_millis(150);
/// Sending goes on for so long afterwards.
const AFTERWARDS: Duration = Duration::from_millis(200);

/// Removes and mutes, and checks.
pub(crate) async fn run(run: Run) -> Row {
    let mut row = Row::new(&run);
    let mut rng = run.rng();
    let mut cluster = run.setup().start().await;
    let site = cluster.site.clone();
    let owner = site.sign_up("owner").await;
    let members = site.guests(SENDERS).await;
    let sessions = members.iter().enumerate().map(|(gateway, member)| site.connect(member, gateway));
    let stage = Ring {
        owners: site.connect(&owner, 1).await,
        sessions: join_all(sessions).await,
        site,
        owner,
        members,
    };
    for round in 0..run.rounds(60, 6) {
        stage.round(round, &mut rng, &mut row).await;
    }
    drop(stage);
    row.wrong.extend(cluster.shut_down().await);
    row
}

struct Ring {
    site: Site,
    owner: Account,
    owners: Session,
    members: Vec<Account>,
    sessions: Vec<Session>,
}

impl Ring {
    async fn round(&self, round: usize, rng: &mut StdRng, row: &mut Row) {
        let others: Vec<&Account> = self.members.iter().collect();
        let group = self.site.api(round).create_group(&self.owner, &others).await;
        let (done, stop) = ([AtomicBool::new(false), AtomicBool::new(false)], AtomicBool::new(false));
        let sending = (0..SENDERS).map(|number| self.send(&group, number, done.get(number), &stop));
        let moment = MOMENT.mul_f64(rng.random());
        let races = async {
            sleep_until(Instant::now() + moment).await;
            let markers =
                join(self.remove(&group, round, &done[0]), self.mute(&group, round, &done[1])).await;
            sleep_until(Instant::now() + AFTERWARDS).await;
            stop.store(true, Ordering::SeqCst);
            markers
        };
        let (sent, (removed, muted)) = join(join_all(sending), races).await;
        row.inject("removed while sending");
        row.inject("muted while sending");
        let history = self.site.api(0).history(&self.owner, &group).await;
        self.judge(round, &sent, &history, removed, muted, row);
        let mut sent: Vec<Sent> = sent.into_iter().flat_map(|told| told.sent).collect();
        sent.extend(
            [(removed, "removed"), (muted, "muted")]
                // They race each other.
                .map(|(seq, key)| Sent { unordered: true, ..self.sent(&self.owner, &group, key, Some(seq)) }),
        );
        // What the removed one was pushed before is in history, too.
        let pushed = self.sessions.iter().flat_map(|session| session.pushed(&group)).collect::<Vec<_>>();
        add(row, &check(&HashMap::from([(group, history)]), &sent, pushed.iter()));
    }

    fn judge(
        &self,
        round: usize,
        told: &[Told],
        history: &[Message],
        removed: i64,
        muted: i64,
        row: &mut Row,
    ) {
        for (number, marker, how) in [(0, removed, "removed"), (1, muted, "muted")] {
            let late: Vec<i64> = history
                .iter()
                .filter(|message| message.sender_id == self.members[number].id && message.seq > marker)
                .map(|message| message.seq)
                .collect();
            row.demand(late.is_empty(), || {
                format!("round {round}: seqs {late:?} are of one who was {how} before {marker}")
            });
            let acked = told[number].acked_late;
            row.demand(acked == 0, || {
                format!("round {round}: {acked} sends begun after one was {how} were acknowledged")
            });
        }
        let pushed = self.sessions[0].all_pushed();
        let of_group = |message: &&Message| history.iter().any(|one| one.id == message.id);
        let leaks = pushed.iter().filter(of_group).filter(|message| message.seq >= removed).count();
        row.findings.leaks += leaks;
        let errors: Vec<&String> = told.iter().flat_map(|told| &told.errors).collect();
        row.demand(errors.is_empty(), || format!("round {round}: sends were answered {errors:?}"));
    }

    /// Sends until told to stop. `done` says when this member's rights have gone.
    async fn send(&self, group: &str, number: usize, done: Option<&AtomicBool>, stop: &AtomicBool) -> Told {
        let mut told = Told::default();
        for count in 0.. {
            if stop.load(Ordering::SeqCst) {
                break;
            }
            let begun_late = done.is_some_and(|done| done.load(Ordering::SeqCst));
            let key = format!("{number}-{count}");
            let data = new_message(group, &key, &key);
            let answer = self.sessions[number].try_request("send-message", &data, DEADLINE).await;
            let mut sent = self.sent(&self.members[number], group, &key, None);
            match answer {
                Some(answer) if answer.kind == "message-ack" => {
                    sent.seq = Some(Ack::from_json(&answer.data).seq);
                    told.acked_late += usize::from(begun_late);
                }
                Some(answer) => {
                    sent.refused = true;
                    let code = answer.data["code"].as_str().unwrap_or_default();
                    let expected = [Some("CONVERSATION_NOT_FOUND"), Some("MEMBER_MUTED")];
                    if expected.get(number).is_none_or(|expected| *expected != Some(code)) {
                        told.errors.push(code.to_owned());
                    }
                }
                None => told.errors.push("no answer".to_owned()),
            }
            told.sent.push(sent);
        }
        told
    }

    async fn remove(&self, group: &str, round: usize, done: &AtomicBool) -> i64 {
        self.site.logic(round).remove_member(&self.owner.id, group, &self.members[0].id).await;
        done.store(true, Ordering::SeqCst);
        self.owners.send(group, "removed", "removed").await.seq
    }

    async fn mute(&self, group: &str, round: usize, done: &AtomicBool) -> i64 {
        let path = format!("/conversations/{group}/members/{}", self.members[1].id);
        let body = json!({ "muted": true });
        self.site.api(round + 1).call(Method::PUT, &path, &self.owner.access, Some(body)).await.data(200);
        done.store(true, Ordering::SeqCst);
        self.owners.send(group, "muted", "muted").await.seq
    }

    fn sent(&self, sender: &Account, group: &str, key: &str, seq: Option<i64>) -> Sent {
        Sent {
            sender_id: sender.id.clone(),
            conversation_id: group.to_owned(),
            client_msg_id: key.to_owned(),
            content: key.to_owned(),
            seq,
            ..Sent::default()
        }
    }
}

/// What a sender was told.
#[derive(Default)]
struct Told {
    sent: Vec<Sent>,
    /// Acknowledged, though begun after the sender's rights had gone.
    acked_late: usize,
    /// Answers that nothing explains.
    errors: Vec<String>,
}

/// Sums the findings of the rounds up.
fn add(row: &mut Row, found: &crate::checker::Findings) {
    let sum = &mut row.findings;
    sum.acked += found.acked;
    sum.lost += found.lost;
    sum.doubled += found.doubled;
    sum.gaps += found.gaps;
    sum.phantoms += found.phantoms;
    sum.misordered += found.misordered;
    sum.altered += found.altered;
}
