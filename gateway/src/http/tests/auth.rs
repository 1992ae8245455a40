//! `/auth`.

use actix_web::test::TestRequest;
use protos::Reason;
use protos::pb::logic as pb;
use serde_json::json;

use super::{Gateway, TOKEN, ann};

fn signed_in() -> pb::LoginResponse {
    pb::LoginResponse {
        access_token: "a".into(),
        refresh_token: "r".into(),
        expires_in: 900,
        user: Some(ann()),
    }
}

fn ann_json() -> serde_json::Value {
    json!({
        "id": "u1", "username": "ann", "avatarUrl": "a.png", "isGuest": false, "status": 1,
        "createdAt": 10, "updatedAt": 11,
    })
}

#[actix_web::test]
async fn registering_is_201_with_the_user() {
    let gateway = Gateway::start().await;
    gateway.logic.on(|request: pb::RegisterRequest| {
        assert_eq!(
            (&*request.username, &*request.password, &*request.avatar_url),
            ("ann", "password", "a.png")
        );
        Ok(pb::RegisterResponse { user: Some(ann()) })
    });
    let body = json!({"username": "ann", "password": "password", "avatarUrl": "a.png", "unknown": 1});
    let answer = gateway.send(TestRequest::post().uri("/api/auth/register").set_json(body.clone())).await;
    assert_eq!(answer.status, 201);
    assert_eq!(*answer.data(), json!({"user": ann_json()}));
    gateway.fail::<pb::RegisterRequest>(Reason::UserAlreadyExists);
    let taken = gateway.send(TestRequest::post().uri("/api/auth/register").set_json(body)).await;
    assert_eq!((taken.status, taken.code()), (409, "USER_ALREADY_EXISTS"));
}

#[actix_web::test]
async fn login_guest_and_refresh_answer_tokens_and_user() {
    let gateway = Gateway::start().await;
    gateway.logic.on(|request: pb::LoginRequest| {
        assert_eq!(request.client_info.len(), 256);
        Ok(signed_in())
    });
    gateway.logic.on(|_: pb::GuestLoginRequest| Ok(signed_in()));
    gateway.logic.on(|request: pb::RefreshTokenRequest| {
        assert_eq!(request.refresh_token, "old");
        Ok(pb::RefreshTokenResponse {
            access_token: TOKEN.into(),
            refresh_token: "r".into(),
            expires_in: 900,
        })
    });
    let expected = json!({"accessToken": "a", "refreshToken": "r", "expiresIn": 900, "user": ann_json()});

    let login = TestRequest::post()
        .uri("/api/auth/login")
        .insert_header(("user-agent", "x".repeat(300)))
        .set_json(json!({"username": "ann", "password": "password"}));
    let answer = gateway.send(login).await;
    assert_eq!((answer.status, answer.data()), (200, &expected));
    assert_eq!(answer.header("cache-control"), Some("no-store"));

    let answer = gateway.send(TestRequest::post().uri("/api/auth/guest")).await;
    assert_eq!((answer.status, answer.data()), (201, &expected));

    let refresh = TestRequest::post().uri("/api/auth/refresh").set_json(json!({"refreshToken": "old"}));
    let answer = gateway.send(refresh).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.data()["accessToken"], TOKEN);
    assert_eq!(answer.data()["user"], ann_json());
}

#[actix_web::test]
async fn logging_out_ends_the_token_that_was_presented() {
    let gateway = Gateway::start().await;
    gateway.logic.on(|request: pb::LogoutRequest| {
        assert_eq!((&*request.user_id, &*request.access_token), ("u1", TOKEN));
        Ok(pb::LogoutResponse { success: true })
    });
    let answer = gateway.send_signed_in(TestRequest::post().uri("/api/auth/logout")).await;
    assert_eq!((answer.status, answer.data()), (200, &json!({})));
}
