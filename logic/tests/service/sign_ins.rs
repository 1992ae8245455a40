//! Where somebody is signed in, new passwords and pictures.

use protos::pb::gateway::{EndSignInRequest as CloseSockets, EndSignInResponse as SocketsClosed};
use protos::pb::{logic as pb, repo, types};
use protos::{Error, Reason};

use crate::rig::{Rig, reason, user};

const OLD: &str = "correct horse";
const NEW: &str = "battery staple";

/// `ann` has the old password; whose name begins with `g` is a guest.
fn with_ann(rig: &Rig) {
    rig.repo
        .on(|request: repo::GetUserRequest| async move {
            let is_guest = request.user_id.starts_with('g');
            Ok(repo::UserResponse { user: Some(types::User { is_guest, ..user(&request.user_id) }) })
        })
        .on(|request: repo::VerifyPasswordRequest| async move {
            Ok(repo::VerifyPasswordResponse { valid: request.password == OLD })
        });
}

#[actix_rt::test]
async fn a_sign_in_ends_with_its_sockets_unless_it_is_anothers() {
    let rig = Rig::start().await;
    rig.repo.on(|request: repo::EndSignInRequest| async move {
        match (&*request.user_id, &*request.sign_in_id) {
            ("ann", "s1") => Ok(repo::EndSignInResponse { ended: true }),
            _ => Err(Error::new(Reason::NotFound, "no such sign-in")),
        }
    });
    rig.gateway.on(|request: CloseSockets| async move {
        assert_eq!((&*request.user_id, request.sign_in_ids), ("ann", vec!["s1".to_owned()]));
        Ok(SocketsClosed { closed_sessions: 1 })
    });
    let end = async |user: &str, id: &str| {
        let request = pb::EndSignInRequest { user_id: user.into(), sign_in_id: id.into() };
        rig.auth().end_sign_in(request).await.map(|done| done.into_inner().success).map_err(reason)
    };
    assert_eq!(end("bob", "s1").await, Err(Reason::NotFound));
    assert_eq!(end("ann", "s2").await, Err(Reason::NotFound));
    assert_eq!(end("ann", "").await, Err(Reason::InvalidParameter));
    assert_eq!(rig.gateway.calls::<CloseSockets>(), 0);
    assert_eq!(end("ann", "s1").await, Ok(true));
    assert_eq!(rig.gateway.calls::<CloseSockets>(), 1);
}

#[actix_rt::test]
async fn a_new_password_closes_the_sockets_of_the_other_sign_ins() {
    let rig = Rig::start().await;
    with_ann(&rig);
    rig.repo.on(|request: repo::ChangePasswordRequest| async move {
        assert!(bcrypt::verify(NEW, &request.password_hash).unwrap());
        assert_eq!((&*request.user_id, &*request.keep_sign_in_id), ("ann", "s1"));
        Ok(repo::ChangePasswordResponse { ended_sign_in_ids: vec!["s2".into(), "s3".into()] })
    });
    rig.gateway.on(|request: CloseSockets| async move {
        assert_eq!((&*request.user_id, request.sign_in_ids), ("ann", vec!["s2".to_owned(), "s3".to_owned()]));
        Ok(SocketsClosed { closed_sessions: 2 })
    });
    let change = async |user: &str, old: &str, new: &str| {
        let request = pb::ChangePasswordRequest {
            user_id: user.into(),
            old_password: old.into(),
            new_password: new.into(),
            keep_sign_in_id: "s1".into(),
        };
        rig.auth().change_password(request).await.map(|done| done.into_inner().success).map_err(reason)
    };
    for (user, old, new, expected) in [
        ("guy", OLD, NEW, Reason::GuestNotAllowed),
        ("ann", "wrong horse", NEW, Reason::InvalidCredentials),
        ("ann", &"x".repeat(72), NEW, Reason::InvalidCredentials),
        ("ann", OLD, "short", Reason::WeakPassword),
        ("ann", OLD, &"x".repeat(72), Reason::WeakPassword),
        ("ann", OLD, "battery\0staple", Reason::InvalidParameter),
    ] {
        assert_eq!(change(user, old, new).await, Err(expected), "{user} {old} {new}");
    }
    assert_eq!(rig.repo.calls::<repo::ChangePasswordRequest>(), 0);
    assert_eq!(change("ann", OLD, NEW).await, Ok(true));
    assert_eq!(rig.gateway.calls::<CloseSockets>(), 1, "one call for all of them");
}

#[actix_rt::test]
async fn a_picture_is_an_url_and_not_a_guests() {
    let rig = Rig::start().await;
    with_ann(&rig);
    rig.repo.on(|request: repo::UpdateUserRequest| async move {
        assert_eq!(request.update_mask, ["avatar_url"]);
        Ok(repo::UserResponse {
            user: Some(types::User { avatar_url: request.avatar_url, ..user(&request.user_id) }),
        })
    });
    let update = async |user: &str, avatar_url: &str| {
        let request = pb::UpdateProfileRequest { user_id: user.into(), avatar_url: avatar_url.into() };
        let updated = rig.users().update_profile(request).await;
        updated.map(|updated| updated.into_inner().user.unwrap().avatar_url).map_err(reason)
    };
    assert_eq!(update("guy", "https://example.org/a").await, Err(Reason::GuestNotAllowed));
    assert_eq!(update("ann", "javascript:alert(1)").await, Err(Reason::InvalidParameter));
    assert_eq!(rig.repo.calls::<repo::UpdateUserRequest>(), 0);
    assert_eq!(update("ann", "https://example.org/a").await.as_deref(), Ok("https://example.org/a"));
    assert_eq!(update("ann", "").await.as_deref(), Ok(""));
}
