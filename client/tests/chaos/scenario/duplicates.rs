//! The same key many times at once through two gateways, by sockets and by HTTP, each time with another text: one message is stored,
//! everybody is told of that one, and no seq is skipped.

use std::collections::{BTreeSet, HashMap};

use futures::future::{join, join_all};

use crate::checker::{Sent, check};
use crate::cluster::{Account, Ack, Message, Session, Site};
use crate::row::Row;
use crate::run::Run;

/// Keys that are under way at once.
const AT_ONCE: usize = 10;

/// What became of one key.
#[derive(Default)]
struct Told {
    /// The seqs and ids that copies were answered with.
    first: BTreeSet<(i64, String)>,
    /// The messages that HTTP answered with, whole.
    messages: Vec<Message>,
    /// Answers with 201, which says that the message is new.
    created: usize,
    /// What was answered instead.
    errors: Vec<String>,
}

/// Sends every key many times, and checks.
pub(crate) async fn run(run: Run) -> Row {
    let mut row = Row::new(&run);
    let (keys, copies) = (run.acks(1_000, 60), run.pick(50, 10));
    let mut cluster = run.setup().start().await;
    let site = cluster.site.clone();
    let [ann, bob] = site.sign_up_all(["ann", "bob"]).await;
    let single = site.api(0).create_single(&ann, &bob).await;
    let sessions = join_all((0..4).map(|gateway| site.connect(&ann, gateway))).await;
    let watcher = site.connect(&bob, 1).await;
    let mut sent = Vec::new();
    for some in (0..keys).collect::<Vec<_>>().chunks(AT_ONCE) {
        let told = some.iter().map(|key| send_copies(&site, &ann, &sessions, &single, *key, copies));
        for (key, told) in some.iter().zip(join_all(told).await) {
            row.inject(format!("{copies} copies at once"));
            row.demand(told.errors.is_empty(), || format!("k{key} was answered {:?}", told.errors));
            row.demand(told.first.len() == 1, || format!("k{key} was told to be {:?}", told.first));
            row.demand(told.created <= 1, || format!("k{key} was new {} times", told.created));
            let content = told.messages.first().map(|message| message.content.clone()).unwrap_or_default();
            row.demand(told.messages.iter().all(|message| message.content == content), || {
                format!("k{key} was told with several texts")
            });
            sent.push(Sent {
                sender_id: ann.id.clone(),
                conversation_id: single.clone(),
                client_msg_id: format!("k{key}"),
                content,
                seq: told.first.first().map(|(seq, _)| *seq),
                // The keys of a chunk race each other.
                unordered: true,
                ..Sent::default()
            });
        }
    }
    watcher.messages_pushed(&single, keys).await;
    let histories = HashMap::from([(single.clone(), site.api(1).history(&bob, &single).await)]);
    row.demand(histories[&single].len() == keys, || {
        format!("{} rows of {keys} keys", histories[&single].len())
    });
    row.findings = check(&histories, &sent, watcher.pushed(&single).iter());
    drop((sessions, watcher));
    row.wrong.extend(cluster.shut_down().await);
    row
}

/// Every other copy by a socket, every other one by HTTP, in turn through each gateway.
async fn send_copies(
    site: &Site,
    ann: &Account,
    sessions: &[Session],
    single: &str,
    key: usize,
    copies: usize,
) -> Told {
    let key = format!("k{key}");
    let text = |copy: usize| format!("copy {copy} of {key}");
    let by_socket = (0..copies).step_by(2).map(|copy| {
        let session = &sessions[copy / 2 % sessions.len()];
        let (text, key) = (text(copy), &key);
        async move { session.send_message(single, &text, key).await }
    });
    let by_http = (1..copies).step_by(2).map(|copy| {
        let (api, text, key) = (site.api(copy / 2), text(copy), &key);
        async move { api.send(ann, single, &text, key).await }
    });
    let mut told = Told::default();
    let (frames, answers) = join(join_all(by_socket), join_all(by_http)).await;
    for frame in frames {
        if frame.kind == "message-ack" {
            let Ack { seq, message_id, .. } = Ack::from_json(&frame.data);
            told.first.insert((seq, message_id));
        } else {
            told.errors.push(frame.data["code"].to_string());
        }
    }
    for answer in answers {
        if matches!(answer.status, 200 | 201) {
            told.created += usize::from(answer.status == 201);
            let message = Message::from_json(&answer.body["data"]);
            told.first.insert((message.seq, message.id.clone()));
            told.messages.push(message);
        } else {
            told.errors.push(format!("{} {}", answer.status, answer.body["code"]));
        }
    }
    told
}
