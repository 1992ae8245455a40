//! Sign-in, tokens and their end.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use protos::pb::gateway::{EndSignInRequest as CloseSockets, EndSignInResponse as SocketsClosed};
use protos::pb::logic::{
    GuestLoginRequest, LoginRequest, LoginResponse, LogoutRequest, RefreshTokenRequest, RegisterRequest,
    ValidateTokenRequest,
};
use protos::pb::{repo, types};
use protos::{Error, Reason};

use crate::rig::{NOW, Rig, reason, user};

pub(crate) const PASSWORD: &str = "correct horse";

/// What repo would know of sign-ins.
pub(crate) type SignIns = Arc<Mutex<Vec<repo::CreateSignInRequest>>>;

/// A repo that knows one user, `ann`, and keeps what is created.
pub(crate) fn with_ann(rig: &Rig, status: types::UserStatus) -> SignIns {
    let ann = move || types::User { status: status.into(), ..user("ann") };
    let created = SignIns::default();
    let kept = Arc::clone(&created);
    rig.repo
        .on(move |request: repo::GetUserByUsernameRequest| async move {
            if request.username == "ann" {
                Ok(repo::UserResponse { user: Some(ann()) })
            } else {
                Err(Error::user_not_found())
            }
        })
        .on(|request: repo::VerifyPasswordRequest| async move {
            let valid = request.user_id == "ann" && request.password == PASSWORD;
            Ok(repo::VerifyPasswordResponse { valid })
        })
        .on(move |request: repo::CreateSignInRequest| {
            kept.lock().unwrap().push(request);
            async { Ok(repo::SignInResponse::default()) }
        });
    created
}

/// From now on repo says this of every sign-in.
pub(crate) fn sign_in_is(rig: &Rig, ended_at: i64, status: types::UserStatus) {
    sign_ins_are(rig, move |id| {
        let sign_in = repo::SignIn { id, user_id: "ann".into(), ended_at, ..Default::default() };
        let user = types::User { status: status.into(), ..user("ann") };
        repo::SignInResponse { sign_in: Some(sign_in), user: Some(user), in_world: true }
    });
}

/// From now on repo says this of each sign-in that is looked up.
fn sign_ins_are(rig: &Rig, is: impl Fn(String) -> repo::SignInResponse + Copy + Send + Sync + 'static) {
    rig.repo.on(move |request: repo::FindSignInsRequest| async move {
        Ok(repo::FindSignInsResponse { sign_ins: request.sign_in_ids.into_iter().map(is).collect() })
    });
}

pub(crate) async fn login(rig: &Rig, username: &str, password: &str) -> Result<LoginResponse, Reason> {
    let request =
        LoginRequest { username: username.into(), password: password.into(), client_info: "x".repeat(300) };
    rig.auth().login(request).await.map(tonic::Response::into_inner).map_err(reason)
}

pub(crate) async fn validate(rig: &Rig, token: &str) -> (bool, String) {
    let request = ValidateTokenRequest { access_token: token.into() };
    let answer = rig.auth().validate_token(request).await.unwrap().into_inner();
    assert_eq!(answer.user.is_some(), answer.valid);
    (answer.valid, answer.reason)
}

#[actix_rt::test]
async fn a_login_stores_only_the_hash_of_its_refresh_token() {
    let rig = Rig::start().await;
    let created = with_ann(&rig, types::UserStatus::Normal);
    let answer = login(&rig, "ANN", PASSWORD).await.unwrap();
    assert_eq!(answer.user.unwrap().id, "ann");
    assert_eq!(answer.expires_in, NOW + 900);
    let created = created.lock().unwrap();
    assert_eq!(created.len(), 1);
    assert_eq!(created[0].refresh_token_hash.len(), 64);
    assert!(!answer.refresh_token.contains(&created[0].refresh_token_hash));
    assert_eq!(created[0].expires_at, NOW + 30 * 24 * 3_600);
    assert_eq!(created[0].client_info.len(), 256, "cut");
}

#[actix_rt::test]
async fn unknown_users_and_wrong_passwords_are_alike_in_answer_and_work() {
    let rig = Rig::start().await;
    with_ann(&rig, types::UserStatus::Disabled);
    let too_long = "x".repeat(72);
    for (username, password) in [
        ("ann", "wrong horse"),
        ("bob", PASSWORD),
        ("", PASSWORD),
        ("no such name", PASSWORD),
        ("ann", ""),
        ("ann", &too_long),
    ] {
        let before = rig.repo.calls::<repo::VerifyPasswordRequest>();
        let refused = login(&rig, username, password).await;
        assert_eq!(refused.unwrap_err(), Reason::InvalidCredentials, "{username} {password}");
        assert_eq!(rig.repo.calls::<repo::VerifyPasswordRequest>(), before + 1, "{username} {password}");
    }
    assert_eq!(login(&rig, "ann", PASSWORD).await.unwrap_err(), Reason::UserDisabled);
}

#[actix_rt::test]
async fn registering_maps_the_name_and_hashes_the_password() {
    let rig = Rig::start().await;
    rig.repo.on(|request: repo::CreateUserRequest| async move {
        assert!(bcrypt::verify(PASSWORD, &request.password_hash).unwrap());
        Ok(repo::UserResponse { user: Some(user(&request.username)) })
    });
    let register = |username: &str, password: &str| {
        let request =
            RegisterRequest { username: username.into(), password: password.into(), ..Default::default() };
        let mut auth = rig.auth();
        async move { auth.register(request).await.map_err(reason) }
    };
    let registered = register("Ａnn", PASSWORD).await.unwrap().into_inner();
    assert_eq!(registered.user.unwrap().username, "ann");
    for (username, password, expected) in [
        ("an", PASSWORD, Reason::InvalidUsername),
        ("an n", PASSWORD, Reason::InvalidUsername),
        ("guest-0011aabb", PASSWORD, Reason::InvalidUsername),
        ("ann", "short", Reason::WeakPassword),
        ("ann", &"x".repeat(72), Reason::WeakPassword),
        ("a\0nn", PASSWORD, Reason::InvalidParameter),
        ("ann", "correct\0horse", Reason::InvalidParameter),
    ] {
        assert_eq!(register(username, password).await.unwrap_err(), expected, "{username} {password}");
    }
}

#[actix_rt::test]
async fn a_guest_is_in_world_before_they_are_signed_in() {
    let rig = Rig::start().await;
    let created = with_ann(&rig, types::UserStatus::Normal);
    let at_join = Arc::clone(&created);
    rig.repo
        .on(|request: repo::CreateUserRequest| async move {
            assert!(request.is_guest && request.password_hash.is_empty());
            assert!(request.username.starts_with("guest-"), "{}", request.username);
            Ok(repo::UserResponse { user: Some(types::User { is_guest: true, ..user("g") }) })
        })
        .on(move |request: repo::JoinWorldRequest| {
            assert_eq!(request.user_id, "g");
            assert!(at_join.lock().unwrap().is_empty(), "not signed in yet");
            let world = types::Conversation { id: "world".into(), r#type: 3, ..Default::default() };
            async { Ok(repo::JoinWorldResponse { conversation: Some(world), joined: true }) }
        });
    let answer = rig.auth().guest_login(GuestLoginRequest::default()).await.unwrap().into_inner();
    assert!(answer.user.unwrap().is_guest);
    assert!(!answer.access_token.is_empty() && !answer.refresh_token.is_empty());
    assert_eq!(rig.repo.calls::<repo::JoinWorldRequest>(), 1);
    assert_eq!(created.lock().unwrap().len(), 1);
}

#[actix_rt::test]
async fn a_tokens_worth_is_what_its_sign_in_says() {
    let rig = Rig::start().await;
    with_ann(&rig, types::UserStatus::Normal);
    let tokens = login(&rig, "ann", PASSWORD).await.unwrap();
    let refusal = |reason: Reason| (false, reason.to_string());

    sign_in_is(&rig, 0, types::UserStatus::Normal);
    assert_eq!(validate(&rig, &tokens.access_token).await, (true, String::new()));
    assert_eq!(validate(&rig, &tokens.refresh_token).await, refusal(Reason::InvalidToken));
    assert_eq!(validate(&rig, "x.y.z").await, refusal(Reason::InvalidToken));
    sign_in_is(&rig, 0, types::UserStatus::Disabled);
    assert_eq!(validate(&rig, &tokens.access_token).await, refusal(Reason::UserDisabled));
    sign_in_is(&rig, NOW, types::UserStatus::Normal);
    assert_eq!(validate(&rig, &tokens.access_token).await, refusal(Reason::InvalidToken));
    sign_ins_are(&rig, |_| repo::SignInResponse::default());
    assert_eq!(validate(&rig, &tokens.access_token).await, refusal(Reason::InvalidToken));
    rig.clock.advance(Duration::from_secs(906));
    assert_eq!(validate(&rig, &tokens.access_token).await, refusal(Reason::TokenExpired));
}

#[actix_rt::test]
async fn a_refresh_token_is_spent_and_its_reuse_closes_the_sockets() {
    let rig = Rig::start().await;
    with_ann(&rig, types::UserStatus::Normal);
    rig.gateway.on(|_: CloseSockets| async { Ok(SocketsClosed { closed_sessions: 1 }) });
    let tokens = login(&rig, "ann", PASSWORD).await.unwrap();
    let outcome = |outcome: repo::RotationOutcome| {
        rig.repo.on(move |request: repo::RotateRefreshTokenRequest| async move {
            assert_ne!(request.presented_hash, request.successor_hash);
            assert_eq!(request.grace_seconds, 30);
            let user = Some(user("ann"));
            Ok(repo::RotateRefreshTokenResponse { outcome: outcome.into(), user, ..Default::default() })
        });
    };
    let refresh = |refresh_token: &str| {
        let request = RefreshTokenRequest { refresh_token: refresh_token.into() };
        let mut auth = rig.auth();
        async move { auth.refresh_token(request).await.map(tonic::Response::into_inner).map_err(reason) }
    };
    outcome(repo::RotationOutcome::Rotated);
    let next = refresh(&tokens.refresh_token).await.unwrap();
    assert_ne!(next.refresh_token, tokens.refresh_token);
    assert_eq!(next.expires_in, NOW + 900);
    outcome(repo::RotationOutcome::Ended);
    assert_eq!(refresh(&tokens.refresh_token).await, Err(Reason::InvalidToken));
    assert_eq!(rig.gateway.calls::<CloseSockets>(), 0);
    outcome(repo::RotationOutcome::Reused);
    assert_eq!(refresh(&tokens.refresh_token).await, Err(Reason::InvalidToken));
    assert_eq!(rig.gateway.calls::<CloseSockets>(), 1);

    let rotations = rig.repo.calls::<repo::RotateRefreshTokenRequest>();
    assert_eq!(refresh(&tokens.access_token).await, Err(Reason::InvalidToken));
    assert_eq!(refresh("").await, Err(Reason::InvalidToken));
    assert_eq!(rig.repo.calls::<repo::RotateRefreshTokenRequest>(), rotations, "a forgery touches nothing");
}

#[actix_rt::test]
async fn a_logout_ends_the_sign_in_everywhere_and_only_ones_own() {
    let rig = Rig::start().await;
    let created = with_ann(&rig, types::UserStatus::Normal);
    let tokens = login(&rig, "ann", PASSWORD).await.unwrap();
    let sign_in_id = created.lock().unwrap()[0].sign_in_id.clone();
    let expected = sign_in_id.clone();
    rig.repo.on(move |request: repo::EndSignInRequest| {
        assert_eq!((request.user_id.as_str(), &request.sign_in_id), ("ann", &expected));
        async { Ok(repo::EndSignInResponse { ended: true }) }
    });
    rig.gateway.on(move |request: CloseSockets| {
        assert_eq!((request.sign_in_ids, request.forwarded), (vec![sign_in_id.clone()], false));
        async { Ok(SocketsClosed { closed_sessions: 2 }) }
    });
    let logout = |user_id: &str, access_token: &str| {
        let request = LogoutRequest { user_id: user_id.into(), access_token: access_token.into() };
        let mut auth = rig.auth();
        async move { auth.logout(request).await.map(|answer| answer.into_inner().success).map_err(reason) }
    };
    assert_eq!(logout("bob", &tokens.access_token).await, Err(Reason::Forbidden));
    assert_eq!(logout("ann", &tokens.refresh_token).await, Err(Reason::InvalidToken));
    assert_eq!(rig.repo.calls::<repo::EndSignInRequest>(), 0);
    assert_eq!(logout("ann", &tokens.access_token).await, Ok(true));
    assert_eq!(rig.gateway.calls::<CloseSockets>(), 1);
}
