//! `/auth/sessions` and `/users/password`.

use actix_web::test::TestRequest;
use protos::Reason;
use protos::pb::logic as pb;
use serde_json::json;

use super::Gateway;

#[actix_web::test]
async fn sessions_are_listed_and_the_callers_own_is_marked() {
    let gateway = Gateway::start().await;
    gateway.logic.on(|request: pb::GetSignInsRequest| {
        assert_eq!(request.user_id, "u1");
        let sign_in = |id: &str| pb::SignIn {
            id: id.into(),
            client_info: "a browser".into(),
            created_at: 1,
            last_used_at: 2,
            expires_at: 3,
        };
        Ok(pb::GetSignInsResponse { sign_ins: vec![sign_in("s2"), sign_in("s1")] })
    });
    let answer = gateway.send_signed_in(TestRequest::get().uri("/api/auth/sessions")).await;
    let session = |id: &str, current: bool| {
        json!({
            "id": id, "clientInfo": "a browser", "createdAt": 1, "lastUsedAt": 2, "expiresAt": 3,
            "current": current,
        })
    };
    let expected = json!({"sessions": [session("s2", false), session("s1", true)]});
    assert_eq!((answer.status, answer.data()), (200, &expected));
}

#[actix_web::test]
async fn a_session_is_ended_by_its_id() {
    let gateway = Gateway::start().await;
    gateway.logic.on(|request: pb::EndSignInRequest| {
        assert_eq!((&*request.user_id, &*request.sign_in_id), ("u1", "s2"));
        Ok(pb::EndSignInResponse { success: true })
    });
    let end = || TestRequest::delete().uri("/api/auth/sessions/s2");
    let answer = gateway.send_signed_in(end()).await;
    assert_eq!((answer.status, answer.data()), (200, &json!({})));
    gateway.fail::<pb::EndSignInRequest>(Reason::NotFound);
    let refused = gateway.send_signed_in(end()).await;
    assert_eq!((refused.status, refused.code()), (404, "NOT_FOUND"));
}

#[actix_web::test]
async fn a_new_password_keeps_the_callers_own_session() {
    let gateway = Gateway::start().await;
    gateway.logic.on(|request: pb::ChangePasswordRequest| {
        assert_eq!((&*request.user_id, &*request.keep_sign_in_id), ("u1", "s1"));
        assert_eq!((&*request.old_password, &*request.new_password), ("old one", "new one"));
        Ok(pb::ChangePasswordResponse { success: true })
    });
    let change = || {
        let body = json!({"oldPassword": "old one", "newPassword": "new one"});
        TestRequest::put().uri("/api/users/password").set_json(body)
    };
    let answer = gateway.send_signed_in(change()).await;
    assert_eq!((answer.status, answer.data()), (200, &json!({})));
    for (reason, status) in
        [(Reason::InvalidCredentials, 401), (Reason::WeakPassword, 400), (Reason::GuestNotAllowed, 403)]
    {
        gateway.fail::<pb::ChangePasswordRequest>(reason);
        let refused = gateway.send_signed_in(change()).await;
        assert_eq!((refused.status, refused.code()), (status, reason.as_str()));
    }
}
