//! Power loss, as far as it can be shown without pulling a plug: between a message's way into SQLite's log and the answer about it
//! there is a sync of that log. The same with syncs that do nothing must be caught, or the look is worth nothing.

use std::collections::HashMap;

use futures::future::join_all;

use crate::checker::{Findings, Sent, check};
use crate::cluster::Session;
use crate::fault::durability::{self, Synced, without_syncs};
use crate::fault::syscalls::Syscalls;
use crate::row::Row;
use crate::run::Run;

/// Who send at the same time, so that batches have several messages.
const SENDERS: usize = 4;

/// Looks at repo's system calls while messages are sent.
pub(crate) async fn run(run: Run) -> Row {
    let mut row = Row::new(&run);
    let sends = run.acks(1_000, 80);
    let outcome = async {
        let (synced, findings, wrong) = watch(&run, Vec::new(), sends).await?;
        row.inject("acknowledged under strace");
        let (control, _, _) = watch(&run, without_syncs()?, sends / 4).await?;
        row.inject("the same without syncs");
        Ok::<_, String>((synced, findings, wrong, control))
    };
    match outcome.await {
        Ok((synced, findings, wrong, control)) => {
            row.findings = findings;
            row.wrong.extend(wrong);
            let all = Synced { durable: row.findings.acked, ..Synced::default() };
            row.demand(synced == all, || format!("of {} acknowledged: {synced:?}", all.durable));
            let caught = Synced { unsynced: control.unsynced, ..Synced::default() };
            row.demand(control == caught && control.unsynced > 0, || {
                format!("without syncs it should have been noticed of every message: {control:?}")
            });
            row.remark(format!("{synced:?}; the control without syncs: {control:?}"));
        }
        Err(why) => row.blame(why),
    }
    row
}

/// Sends so many messages in a small cluster whose repo is watched.
async fn watch(
    run: &Run,
    environment: Vec<(&'static str, String)>,
    sends: usize,
) -> Result<(Synced, Findings, Vec<String>), String> {
    let setup =
        environment.into_iter().fold(run.setup(), |setup, (name, value)| setup.env("repo", name, value));
    let mut cluster = setup.start().await;
    let site = cluster.site.clone();
    let [ann, bob] = site.sign_up_all(["ann", "bob"]).await;
    let single = site.api(0).create_single(&ann, &bob).await;
    let sessions = join_all((0..SENDERS).map(|gateway| site.connect(&ann, gateway))).await;
    let syscalls = Syscalls::attach(cluster.repos[0].id())?;
    let sending =
        sessions.iter().enumerate().map(|(number, session)| send(session, &single, number, sends / SENDERS));
    let mut sent = join_all(sending).await.concat();
    let trace = syscalls.detach();
    sent.iter_mut().for_each(|sent| sent.sender_id.clone_from(&ann.id));
    let keys: Vec<String> = sent.iter().map(|sent| sent.client_msg_id.clone()).collect();
    let histories = HashMap::from([(single.clone(), site.api(0).history(&bob, &single).await)]);
    drop(sessions);
    Ok((durability::check(&trace, &keys), check(&histories, &sent, [].iter()), cluster.shut_down().await))
}

/// Sends one message after the other, each with a key that is found nowhere else.
async fn send(session: &Session, single: &str, number: usize, count: usize) -> Vec<Sent> {
    let mut sent = Vec::new();
    for _ in 0..count {
        let key = format!("sync-{}", uuid::Uuid::new_v4().simple());
        let seq = session.send(single, &key, &key).await.seq;
        sent.push(Sent {
            conversation_id: single.to_owned(),
            client_msg_id: key.clone(),
            content: key,
            seq: Some(seq),
            // The other senders are the same user.
            unordered: number > 0,
            ..Sent::default()
        });
    }
    sent
}
