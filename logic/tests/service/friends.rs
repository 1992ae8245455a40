//! Friends: who may ask, and who is told.

use protos::pb::gateway::{DeliverRequest, DeliverResponse, Delivery, event::Chat};
use protos::pb::{logic as pb, repo, types};
use protos::{Error, Reason};
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::time::timeout;

use crate::rig::{DEADLINE, Rig, reason, user};

fn info(id: &str) -> Option<types::UserInfo> {
    Some(types::UserInfo { id: id.into(), username: id.into(), ..Default::default() })
}

/// `ann` asks `bob`.
fn request(status: &str) -> types::FriendRequest {
    types::FriendRequest {
        id: "r1".into(),
        from: info("ann"),
        to: info("bob"),
        message: "hello".into(),
        status: status.into(),
        ..Default::default()
    }
}

/// What the gateway is handed.
fn deliveries(rig: &Rig) -> UnboundedReceiver<Delivery> {
    let (sender, deliveries) = mpsc::unbounded_channel();
    rig.gateway.on(move |request: DeliverRequest| {
        request.deliveries.into_iter().for_each(|delivery| sender.send(delivery).unwrap());
        async { Ok(DeliverResponse::default()) }
    });
    deliveries
}

async fn next(deliveries: &mut UnboundedReceiver<Delivery>) -> (Vec<String>, Chat) {
    let delivery = timeout(DEADLINE, deliveries.recv()).await.unwrap().unwrap();
    (delivery.user_ids, delivery.event.unwrap().chat.unwrap())
}

async fn ask(rig: &Rig, from: &str, to: &str, message: &str) -> Result<types::FriendRequest, Reason> {
    let request = pb::SendFriendRequestRequest {
        user_id: from.into(),
        target_user_id: to.into(),
        message: message.into(),
    };
    let sent = rig.friends().send_friend_request(request).await;
    sent.map(|sent| sent.into_inner().request.unwrap()).map_err(reason)
}

async fn handle(rig: &Rig, user: &str, action: &str) -> Result<pb::HandleFriendRequestResponse, Reason> {
    let request = pb::HandleFriendRequestRequest {
        user_id: user.into(),
        request_id: "r1".into(),
        action: action.into(),
    };
    rig.friends().handle_friend_request(request).await.map(tonic::Response::into_inner).map_err(reason)
}

/// Everybody exists, but `nobody`; whose name begins with `g` is a guest.
fn users_exist(rig: &Rig) {
    rig.repo.on(|request: repo::GetUsersRequest| async move {
        let ids = request.user_ids.iter().filter(|id| *id != "nobody");
        let users = ids.map(|id| types::User { is_guest: id.starts_with('g'), ..user(id) }).collect();
        Ok(repo::GetUsersResponse { users })
    });
}

#[actix_rt::test]
async fn who_may_ask_whom() {
    let rig = Rig::start().await;
    users_exist(&rig);
    let long = "x".repeat(201);
    for (from, to, message, expected) in [
        ("ann", "ann", "", Reason::InvalidParameter),
        ("ann", "", "", Reason::InvalidParameter),
        ("ann", "bob", &long, Reason::InvalidParameter),
        ("ann", "bob", "a\0b", Reason::InvalidParameter),
        ("ann", "nobody", "", Reason::UserNotFound),
        ("nobody", "ann", "", Reason::UserNotFound),
        ("guy", "ann", "", Reason::GuestNotAllowed),
        ("ann", "guy", "", Reason::UserNotFound),
    ] {
        assert_eq!(ask(&rig, from, to, message).await.unwrap_err(), expected, "{from} {to}");
    }
    assert_eq!(rig.repo.calls::<repo::CreateFriendRequestRequest>(), 0);
    rig.repo.on(|_: repo::CreateFriendRequestRequest| async {
        Err::<repo::CreateFriendRequestResponse, _>(Error::new(Reason::Forbidden, "blocked"))
    });
    assert_eq!(ask(&rig, "ann", "bob", "").await.unwrap_err(), Reason::Forbidden);
}

#[actix_rt::test]
async fn who_is_asked_is_told() {
    let rig = Rig::start().await;
    users_exist(&rig);
    let mut deliveries = deliveries(&rig);
    rig.repo.on(|asked: repo::CreateFriendRequestRequest| async move {
        assert_eq!((&*asked.from_user_id, &*asked.to_user_id, &*asked.message), ("ann", "bob", "hello"));
        Ok(repo::CreateFriendRequestResponse { request: Some(request("pending")) })
    });
    assert_eq!(ask(&rig, "ann", "bob", "hello").await.unwrap(), request("pending"));
    let (users, event) = next(&mut deliveries).await;
    assert_eq!((users, event), (vec!["bob".to_owned()], Chat::FriendRequest(request("pending"))));
}

/// Repo answers this to every answer.
fn answered(rig: &Rig, status: &'static str, conversation_id: &'static str, friends: bool) {
    rig.repo.on(move |asked: repo::AnswerFriendRequestRequest| async move {
        assert_eq!((&*asked.request_id, &*asked.user_id), ("r1", "bob"));
        assert_eq!(asked.accept, status == "accepted");
        let conversation_id = conversation_id.into();
        Ok(repo::AnswerFriendRequestResponse { request: Some(request(status)), conversation_id, friends })
    });
}

#[actix_rt::test]
async fn accepting_tells_both_of_each_other() {
    let rig = Rig::start().await;
    let mut deliveries = deliveries(&rig);
    for action in ["", "Accept", "maybe"] {
        assert_eq!(handle(&rig, "bob", action).await.unwrap_err(), Reason::InvalidParameter, "{action}");
    }
    answered(&rig, "rejected", "", false);
    assert_eq!(handle(&rig, "bob", "reject").await.unwrap().conversation_id, "");
    answered(&rig, "accepted", "c0", false);
    assert_eq!(handle(&rig, "bob", "accept").await.unwrap().conversation_id, "c0");
    answered(&rig, "accepted", "c1", true);
    let answer = handle(&rig, "bob", "accept").await.unwrap();
    assert_eq!(
        (answer.conversation_id.as_str(), answer.request.unwrap().status.as_str()),
        ("c1", "accepted")
    );
    // Nobody was told of the refusal, nor of a friendship that has ended since.
    let mut told = [next(&mut deliveries).await, next(&mut deliveries).await].map(|(users, event)| {
        let Chat::FriendAccepted(accepted) = event else { panic!("{event:?}") };
        assert_eq!(accepted.conversation_id, "c1");
        (users, accepted.user.unwrap().id)
    });
    told.sort();
    let each = |told: &str, friend: &str| (vec![told.to_owned()], friend.to_owned());
    assert_eq!(told, [each("ann", "bob"), each("bob", "ann")]);
}

#[actix_rt::test]
async fn who_is_no_friend_cannot_be_removed() {
    let rig = Rig::start().await;
    rig.repo.on(|request: repo::RemoveFriendRequest| async move {
        Ok(repo::RemoveFriendResponse { removed: request.friend_id == "bob" })
    });
    let remove = async |friend: &str| {
        let request = pb::RemoveFriendRequest { user_id: "ann".into(), friend_id: friend.into() };
        rig.friends().remove_friend(request).await.map(|done| done.into_inner().success).map_err(reason)
    };
    assert_eq!(remove("bob").await, Ok(true));
    assert_eq!(remove("cid").await, Err(Reason::UserNotFound));
    assert_eq!(remove("ann").await, Err(Reason::InvalidParameter));
}

#[actix_rt::test]
async fn lists_are_asked_for_in_the_contracts_words() {
    let rig = Rig::start().await;
    rig.repo.on(|request: repo::GetFriendRequestsRequest| async move {
        let id = if request.sent { "sent" } else { "received" };
        let request = types::FriendRequest { id: id.into(), ..self::request("pending") };
        Ok(repo::GetFriendRequestsResponse { requests: vec![request] })
    });
    let list = async |kind: &str| {
        let request = pb::GetFriendRequestsRequest { user_id: "ann".into(), r#type: kind.into() };
        let list = rig.friends().get_friend_requests(request).await;
        list.map(|list| list.into_inner().requests[0].id.clone()).map_err(reason)
    };
    assert_eq!(list("sent").await.as_deref(), Ok("sent"));
    assert_eq!(list("received").await.as_deref(), Ok("received"));
    assert_eq!(list("all").await, Err(Reason::InvalidParameter));
    let too_many = pb::FilterContactsRequest { user_id: "ann".into(), user_ids: vec!["u".into(); 101] };
    let refused = rig.friends().filter_contacts(too_many).await.unwrap_err();
    assert_eq!(reason(refused), Reason::InvalidParameter);
}
