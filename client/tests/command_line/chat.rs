//! `gochat chat`, driven as a script drives it.

use crate::cluster::{Account, Size, TestCluster};
use crate::gochat::Gochat;
use crate::proxy::Proxy;

const PASSWORD: (&str, &str) = ("GOCHAT_PASSWORD", "correct horse");

fn url(cluster: &TestCluster) -> String {
    format!("http://{}", cluster.gateway(0).http)
}

/// Signs in and waits until that is done.
async fn chat(url: &str, user: &Account) -> Gochat {
    let mut chat = Gochat::start(&["chat", "--url", url, "--user", &user.name], &[PASSWORD]);
    chat.hears(&format!("signed in as {} (id {})", user.name, user.id)).await;
    chat
}

#[tokio::test]
async fn two_users_talk_live() {
    let cluster = TestCluster::start(Size::Small).await;
    let [ann, bob] = cluster.sign_up_all(["ann", "bob"]).await;
    let (mut anns, mut bobs) = (chat(&url(&cluster), &ann).await, chat(&url(&cluster), &bob).await);
    let (ann, bob) = (ann.name, bob.name);

    anns.say(&format!("/open {}", bob.to_uppercase())).await;
    anns.hears(&format!("-- {bob}")).await;
    anns.say("hello \u{1b}[2J").await;
    anns.hears(&format!("{ann}: hello \u{fffd}[2J")).await;
    bobs.hears(&format!("[{ann}] {ann}: hello \u{fffd}[2J")).await;
    bobs.say("/list").await;
    let listed = bobs.hears_that("the list", |line| line.contains("1 unread")).await;
    assert!(listed.starts_with(&ann) && listed.contains("online"), "{listed}");

    bobs.say(&format!("/open {ann}")).await;
    bobs.hears(&format!("#1 {ann}: hello \u{fffd}[2J")).await;
    bobs.say("//slash").await;
    anns.hears(&format!("{bob}: /slash")).await;

    anns.say(&format!("/group \"The Lunch\" {bob}")).await;
    anns.hears("-- The Lunch, 2 members").await;
    anns.say("soup?").await;
    bobs.hears(&format!("[The Lunch] {ann}: soup?")).await;
    bobs.say("/open the lunch").await;
    bobs.hears(&format!("#1 {ann}: soup?")).await;
    bobs.say("/who").await;
    bobs.hears(&format!("{ann} (owner)")).await;
    bobs.hears(&bob).await;
    bobs.say("/history 1").await;
    bobs.hears(&format!("#1 {ann}: soup?")).await;

    // Its input stays open: the command ends by itself.
    bobs.say("/quit").await;
    let ending = bobs.has_ended().await;
    assert_eq!((ending.status, ending.errors.as_str()), (0, ""));
    assert_eq!(anns.ends().await.status, 0);
}

#[tokio::test]
async fn a_script_ends_when_all_its_messages_are_stored() {
    let cluster = TestCluster::start(Size::Small).await;
    let bob = cluster.sign_up("bob").await;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("password");
    std::fs::write(&file, "a new password\n").unwrap();
    let url = url(&cluster);
    let arguments = ["chat", "--url", &url, "--register", "--password-file", file.to_str().unwrap()];
    let mut script = Gochat::start(&[&arguments[..], &["--user", "Ann"]].concat(), &[]);
    script.say(&format!("/open {}\none\ntwo\n\nthree", bob.name)).await;
    let ending = script.ends().await;
    assert_eq!((ending.status, ending.errors.as_str()), (0, ""));
    assert_eq!(ending.output[2..], ["ann: one", "ann: two", "ann: three"]);
    let list = cluster.api(0).get(&bob, "/conversations").await.data(200);
    assert_eq!(list["conversations"][0]["lastMessage"]["content"], "three");
    assert_eq!(list["conversations"][0]["unreadCount"], 3);

    let again = Gochat::start(&[&arguments[..], &["--user", "ann"]].concat(), &[]).ends().await;
    assert_eq!(again.status, 1);
    assert!(again.errors.contains("USER_ALREADY_EXISTS"), "{again:?}");
}

#[tokio::test]
async fn what_cannot_be_done_is_told_and_the_rest_is_done() {
    let cluster = TestCluster::start(Size::Small).await;
    let bob = cluster.sign_up("bob").await;
    let url = url(&cluster);
    let mut guest = Gochat::start(&["chat", "--url", &url, "--guest"], &[]);
    guest.say(&format!("nowhere\n/dance\n/open {}\n/world\nhi all", bob.name)).await;
    let ending = guest.ends().await;
    assert_eq!(ending.status, 1, "a line failed");
    for why in ["no conversation is open", "no command /dance", "GUEST_NOT_ALLOWED"] {
        assert!(ending.errors.contains(why), "{why}: {ending:?}");
    }
    assert!(ending.output.last().unwrap().starts_with("guest-"), "{ending:?}");
    assert!(ending.output.last().unwrap().ends_with(": hi all"), "{ending:?}");

    let wrong = [("GOCHAT_PASSWORD", "wrong horse")];
    let ending = Gochat::start(&["chat", "--url", &url, "--user", &bob.name], &wrong).ends().await;
    assert_eq!((ending.status, ending.output.len()), (1, 0));
    assert!(ending.errors.contains("INVALID_CREDENTIALS"), "{ending:?}");
    let ending = Gochat::start(&["chat", "--url", &url, "--user", &bob.name], &[]).ends().await;
    assert!(ending.errors.contains("no password"), "{ending:?}");
}

#[tokio::test]
async fn a_talk_outlives_a_broken_connection() {
    let cluster = TestCluster::start(Size::Small).await;
    let [ann, bob] = cluster.sign_up_all(["ann", "bob"]).await;
    let proxy = Proxy::to(cluster.gateway(0).http).await;
    let mut anns = chat(&proxy.url(), &ann).await;
    let bobs = cluster.connect(&bob, 0).await;
    anns.say(&format!("/open {}", bob.name)).await;
    anns.hears(&format!("-- {}", bob.name)).await;
    let conversation = cluster.api(0).create_single(&ann, &bob).await;
    bobs.send(&conversation, "before", "k1").await;
    anns.hears(&format!("{}: before", bob.name)).await;

    proxy.cut();
    bobs.send(&conversation, "meanwhile", "k2").await;
    anns.say("typed in the break").await;
    proxy.mend();
    anns.hears_that("both messages", |line| line.ends_with(": meanwhile") || line.contains("typed in")).await;
    anns.hears_that("both messages", |line| line.ends_with(": meanwhile") || line.contains("typed in")).await;
    bobs.messages_pushed(&conversation, 1).await;
    assert_eq!(bobs.pushed(&conversation)[0].content, "typed in the break");
    let ending = anns.ends().await;
    assert_eq!(ending.status, 0, "{ending:?}");
    let times = ending.output.iter().filter(|line| line.ends_with(": meanwhile")).count();
    assert_eq!(times, 1, "{ending:?}");
}
