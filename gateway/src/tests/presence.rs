//! Who is online: contacts are told, and backend jobs watch.

use protos::pb::gateway::{PresenceChange, WatchPresenceRequest};
use tonic::{Code, Status, Streaming};

use super::*;

/// A grace that tests can wait for, and that reconnecting does not use up on a busy machine.
const GRACE: Duration = Duration::from_secs(2);

fn with_grace() -> Tuning {
    Tuning { offline_grace: GRACE, ..tuning() }
}

/// Everybody whose name begins with the same letter is everybody's contact.
async fn site() -> Site {
    let site = Site::start().await;
    site.logic.on(|request: pb::GetContactsRequest| {
        let names = ["ann", "abe", "ada", "bob"].into_iter();
        let contact = |name: &&str| *name != request.user_id && name[..1] == request.user_id[..1];
        Ok(pb::GetContactsResponse { user_ids: names.filter(contact).map(ToOwned::to_owned).collect() })
    });
    site
}

/// The watch of these users, or all; the stream has begun.
async fn watch(gateway: &Running, users: &[&str]) -> Result<Streaming<PresenceChange>, Status> {
    let user_ids = users.iter().map(ToString::to_string).collect();
    let mut client = PusherServiceClient::new(gateway.channel());
    let begun = timeout(DEADLINE, client.watch_presence(WatchPresenceRequest { user_ids })).await.unwrap();
    begun.map(tonic::Response::into_inner)
}

async fn next(stream: &mut Streaming<PresenceChange>) -> (String, bool) {
    let change = timeout(DEADLINE, stream.message()).await.expect("nothing comes").unwrap().unwrap();
    assert!(change.at >= 1_000);
    (change.user_id, change.online)
}

fn change(user: &str, online: bool) -> (String, bool) {
    (user.to_owned(), online)
}

/// Two gateways that follow each other.
async fn two(site: &Site) -> (Running, Running) {
    let (first, second) = (site.gateway("g1", with_grace()).await, site.gateway("g2", with_grace()).await);
    for (one, other) in [(&first, &second), (&second, &first)] {
        let (probe, _) = other.connect("zoe.s1").await;
        let seen =
            async { while next(&mut watch(one, &["zoe"]).await.unwrap()).await != change("zoe", true) {} };
        timeout(DEADLINE, seen).await.expect("they do not follow each other");
        probe.close().await;
        let gone =
            async { while next(&mut watch(one, &["zoe"]).await.unwrap()).await != change("zoe", false) {} };
        timeout(DEADLINE, gone).await.unwrap();
    }
    (first, second)
}

/// The next news. Who comes while a session is being greeted may be told of twice: that somebody is online is passed over.
async fn expect_status(client: &mut Client, user: &str, status: &str) {
    loop {
        let frame = client.frame().await;
        assert_eq!(frame["type"], "online-status");
        if frame["data"] == json!({"userId": user, "status": status}) {
            return;
        }
        assert_eq!(frame["data"]["status"], "online", "{frame} instead of {user} {status}");
    }
}

#[actix_rt::test]
async fn contacts_on_both_gateways_are_told_and_a_newcomer_learns_who_is_there() {
    let site = site().await;
    let (first, second) = two(&site).await;
    let (mut abe, _) = first.connect("abe.s1").await;
    let (mut bob, _) = first.connect("bob.s1").await;
    let (mut ada, _) = second.connect("ada.s1").await;
    expect_status(&mut ada, "abe", "online").await;
    expect_status(&mut abe, "ada", "online").await;
    let (ann, _) = second.connect("ann.s1").await;
    expect_status(&mut abe, "ann", "online").await;
    expect_status(&mut ada, "ann", "online").await;
    let (other_ann, _) = first.connect("ann.s2").await;
    ann.close().await;
    other_ann.close().await;
    expect_status(&mut abe, "ann", "offline").await;
    expect_status(&mut ada, "ann", "offline").await;
    bob.expect_pong().await;
}

#[actix_rt::test]
async fn a_reload_is_told_to_nobody() {
    let site = site().await;
    let (first, second) = two(&site).await;
    let (mut abe, _) = first.connect("abe.s1").await;
    let (ann, _) = first.connect("ann.s1").await;
    let (ada, _) = first.connect("ada.s1").await;
    expect_status(&mut abe, "ann", "online").await;
    expect_status(&mut abe, "ada", "online").await;
    ann.close().await;
    let (_ann, _) = second.connect("ann.s1").await;
    // Who goes after that is told of when anybody would have been told of ann.
    ada.close().await;
    let news = abe.frame().await;
    assert_eq!(news["data"], json!({"userId": "ada", "status": "offline"}));
    abe.expect_pong().await;
}

#[actix_rt::test]
async fn a_watch_shows_the_present_state_and_then_edges_over_both_gateways() {
    let site = site().await;
    let (first, second) = two(&site).await;
    let (ann, _) = second.connect("ann.s1").await;
    let mut some = watch(&first, &["bob", "ann", "bob"]).await.unwrap();
    assert_eq!(next(&mut some).await, change("bob", false));
    // The second gateway may be heard a moment later.
    match next(&mut some).await {
        (user, true) => assert_eq!(user, "ann"),
        (_, false) => assert_eq!(next(&mut some).await, change("ann", true)),
    }
    let mut all = watch(&second, &[]).await.unwrap();
    assert_eq!(next(&mut all).await, change("ann", true));
    let (other_ann, _) = first.connect("ann.s2").await;
    let (bob, _) = first.connect("bob.s1").await;
    assert_eq!((next(&mut some).await, next(&mut all).await), (change("bob", true), change("bob", true)));
    ann.close().await;
    bob.close().await;
    assert_eq!((next(&mut some).await, next(&mut all).await), (change("bob", false), change("bob", false)));
    other_ann.close().await;
    assert_eq!((next(&mut some).await, next(&mut all).await), (change("ann", false), change("ann", false)));
}

#[actix_rt::test]
async fn too_many_users_are_refused_and_a_stop_ends_the_streams() {
    let site = site().await;
    let gateway = site.gateway("g1", with_grace()).await;
    assert_eq!(watch(&gateway, &["u"; 10_001]).await.unwrap_err().code(), Code::InvalidArgument);
    let mut stream = watch(&gateway, &["u"; 10_000]).await.unwrap();
    assert_eq!(next(&mut stream).await, change("u", false));
    let ended =
        async move { timeout(DEADLINE, stream.message()).await.expect("it does not end").unwrap_err() };
    let (status, ()) = tokio::join!(ended, gateway.stop());
    assert_eq!(status.code(), Code::Unavailable);
}
