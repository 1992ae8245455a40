//! The failure envelope, whatever failed, and what every answer carries.

use actix_http::BoxedPayloadStream;
use actix_web::test::TestRequest;
use protos::pb::logic as pb;
use protos::{Error, Reason};
use serde_json::json;
use std::time::Duration;

use super::Gateway;

#[actix_web::test]
async fn a_route_that_is_not_there_is_404() {
    let gateway = Gateway::start().await;
    for path in ["/nowhere", "/api", "/api/nowhere", "/api/conversations/c1/nowhere", "/api/auth/login/x"] {
        let answer = gateway.send(TestRequest::get().uri(path)).await;
        assert_eq!((answer.status, answer.code()), (404, "NOT_FOUND"), "{path}");
    }
}

#[actix_web::test]
async fn a_method_that_a_route_does_not_take_is_405_and_names_those_it_does() {
    let gateway = Gateway::start().await;
    let wrong = [
        (TestRequest::delete().uri("/api/conversations"), "GET, POST"),
        (TestRequest::get().uri("/api/auth/login"), "POST"),
        (TestRequest::post().uri("/api/conversations/c1/read"), "PUT"),
        (TestRequest::get().uri("/api/conversations/c1/leave"), "POST"),
        (TestRequest::post().uri("/"), "GET, HEAD"),
    ];
    for (request, allowed) in wrong {
        let answer = gateway.send(request).await;
        assert_eq!((answer.status, answer.code()), (405, "INVALID_PARAMETER"));
        assert_eq!(answer.header("allow"), Some(allowed));
    }
}

#[actix_web::test]
async fn a_body_that_is_not_json_of_the_right_shape_is_refused() {
    let gateway = Gateway::start().await;
    let login = || TestRequest::post().uri("/api/auth/login");
    let json = ("content-type", "application/json");
    let cases = [
        (login().set_payload("{}"), 415, "INVALID_PARAMETER"),
        (login().insert_header(("content-type", "text/plain")).set_payload("{}"), 415, "INVALID_PARAMETER"),
        (login().insert_header(json).set_payload(""), 400, "INVALID_PARAMETER"),
        (login().insert_header(json).set_payload("{"), 400, "INVALID_PARAMETER"),
        (login().insert_header(json).set_payload("[1e400]"), 400, "INVALID_PARAMETER"),
        (login().insert_header(json).set_payload("[".repeat(10_000)), 400, "INVALID_PARAMETER"),
        (login().insert_header(json).set_payload(&b"{\"username\":\"\xff\"}"[..]), 400, "INVALID_PARAMETER"),
        (login().set_json(json!({"username": 7, "password": "x"})), 400, "INVALID_PARAMETER"),
        (login().set_json(json!({"username": "ann"})), 400, "INVALID_PARAMETER"),
        (login().set_json(json!({"username": "x".repeat(64 * 1024)})), 413, "MESSAGE_TOO_LARGE"),
    ];
    for (request, status, code) in cases {
        let answer = gateway.send(request).await;
        assert_eq!((answer.status, answer.code()), (status, code), "{}", answer.body);
    }
}

#[actix_web::test]
async fn a_body_that_never_ends_is_given_up() {
    let gateway = Gateway::start().await;
    let request = TestRequest::post()
        .uri("/api/auth/login")
        .insert_header(("content-type", "application/json"))
        .to_request();
    let trickle: BoxedPayloadStream = Box::pin(futures::stream::pending());
    // Nothing but the deadline is waited for, so the paused clock jumps to it.
    tokio::time::pause();
    let answer = gateway.send_raw(request.replace_payload(trickle.into()).0).await;
    assert_eq!((answer.status, answer.code()), (408, "TIMEOUT"));
}

#[actix_web::test]
async fn query_values_and_ids_that_make_no_sense_are_400() {
    let gateway = Gateway::start().await;
    let paths = [
        "/api/conversations?page=x",
        "/api/conversations?size=99999999999",
        "/api/conversations?type=9",
        "/api/conversations/c1/messages?cursor=-1",
        "/api/conversations/c1/messages?cursor=1.5",
        "/api/conversations/c1/messages?afterSeq=-1",
        "/api/conversations/c1/messages?afterSeq=1&cursor=2",
        "/api/conversations/c1/messages?cursor=99999999999999999999",
        "/api/conversations/c1/members?role=7",
        "/api/conversations/c%00/messages",
        "/api/users/search",
    ];
    for path in paths {
        let answer = gateway.send_signed_in(TestRequest::get().uri(path)).await;
        assert_eq!((answer.status, answer.code()), (400, "INVALID_PARAMETER"), "{path}");
    }
}

#[actix_web::test]
async fn who_has_no_valid_token_learns_nothing_else() {
    let gateway = Gateway::start().await;
    let bad_body = || TestRequest::post().uri("/api/conversations").set_payload("{");
    let no_token = gateway.send(bad_body()).await;
    assert_eq!((no_token.status, no_token.code()), (401, "UNAUTHORIZED"));
    for scheme in ["Basic good", "Bearer ", "Bearer", "good"] {
        let answer = gateway.send(bad_body().insert_header(("authorization", scheme))).await;
        assert_eq!((answer.status, answer.code()), (401, "UNAUTHORIZED"), "{scheme}");
    }
    let expired = gateway.send(bad_body().insert_header(("authorization", "Bearer old"))).await;
    assert_eq!((expired.status, expired.code()), (401, "TOKEN_EXPIRED"));
}

#[actix_web::test]
async fn every_reason_has_its_status() {
    let gateway = Gateway::start().await;
    for reason in Reason::ALL {
        // The pool tries these again until its deadline; its own tests cover them.
        if reason.is_transient() {
            continue;
        }
        gateway.fail::<pb::GetProfileRequest>(*reason);
        let answer = gateway.send_signed_in(TestRequest::get().uri("/api/users/profile")).await;
        assert_eq!((answer.status, answer.code()), (reason.http_status(), reason.as_str()));
    }
}

#[actix_web::test]
async fn a_busy_service_says_when_to_come_back() {
    let gateway = Gateway::start().await;
    let login =
        || TestRequest::post().uri("/api/auth/login").set_json(json!({"username": "a", "password": "b"}));
    gateway.logic.on(|_: pb::LoginRequest| {
        let busy = Error::new(Reason::RateLimited, "busy").retry_after(Duration::from_millis(1_200));
        Err::<pb::LoginResponse, _>(busy)
    });
    let answer = gateway.send(login()).await;
    assert_eq!((answer.status, answer.code()), (429, "RATE_LIMITED"));
    assert_eq!(answer.header("retry-after"), Some("2"));
    gateway.fail::<pb::LoginRequest>(Reason::RateLimited);
    assert_eq!(gateway.send(login()).await.header("retry-after"), Some("1"));
}

#[actix_web::test]
async fn an_unscripted_method_fails_without_saying_why() {
    let gateway = Gateway::start().await;
    let answer = gateway.send_signed_in(TestRequest::get().uri("/api/users/profile")).await;
    assert_eq!((answer.status, answer.code()), (500, "INTERNAL_ERROR"));
    assert!(!answer.body.to_string().contains("GetProfile"), "{}", answer.body);
}

#[actix_web::test]
async fn every_answer_forbids_sniffing_framing_and_inline_script() {
    let gateway = Gateway::start().await;
    for path in ["/", "/icon.svg", "/api/users/profile", "/nowhere"] {
        let answer = gateway.send(TestRequest::get().uri(path)).await;
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src '") && policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert!(answer.header("x-request-id").is_some_and(|id| id.len() == 32));
    }
}
