//! The worth of many tokens at once.

use futures::future::join_all;
use protos::Reason;
use protos::pb::logic::{ValidateTokenResponse, ValidateTokensRequest};
use protos::pb::{repo, types};

use crate::auth::{PASSWORD, login, sign_in_is, validate, with_ann};
use crate::rig::{NOW, Rig, reason, user};

async fn validate_all(rig: &Rig, tokens: &[&str]) -> Result<Vec<(bool, String, String)>, Reason> {
    let access_tokens = tokens.iter().map(ToString::to_string).collect();
    let request = ValidateTokensRequest { access_tokens };
    let answer = rig.auth().validate_tokens(request).await.map_err(reason)?.into_inner();
    let shown = |outcome: ValidateTokenResponse| {
        assert_eq!(outcome.user.is_some(), outcome.valid);
        (outcome.valid, outcome.reason, outcome.sign_in_id)
    };
    Ok(answer.outcomes.into_iter().map(shown).collect())
}

#[actix_rt::test]
async fn many_tokens_are_looked_up_in_one_call_and_each_has_its_own_worth() {
    let rig = Rig::start().await;
    let created = with_ann(&rig, types::UserStatus::Normal);
    let mut tokens = Vec::new();
    for _ in 0..4 {
        tokens.push(login(&rig, "ann", PASSWORD).await.unwrap().access_token);
    }
    let ids: Vec<String> = created.lock().unwrap().iter().map(|created| created.sign_in_id.clone()).collect();
    let [good, ended, unknown, broken] = ids.clone().try_into().unwrap();
    rig.repo.on(move |request: repo::FindSignInsRequest| {
        let about = |id: String| {
            let user = (id != broken).then(|| user("ann"));
            let ended_at = if id == ended { NOW } else { 0 };
            let is_known = id != unknown;
            let sign_in = repo::SignIn { id, user_id: "ann".into(), ended_at, ..Default::default() };
            repo::SignInResponse { sign_in: is_known.then_some(sign_in), user, in_world: false }
        };
        let sign_ins = request.sign_in_ids.into_iter().map(about).collect();
        async move { Ok(repo::FindSignInsResponse { sign_ins }) }
    });
    let asked = ["forged", &tokens[1], &tokens[0], "", &tokens[3], &tokens[2], &tokens[0]];
    let refused = |reason: Reason| (false, reason.to_string(), String::new());
    let valid = (true, String::new(), good);
    let invalid = refused(Reason::InvalidToken);
    let expected = [
        invalid.clone(),
        invalid.clone(),
        valid.clone(),
        invalid.clone(),
        refused(Reason::InternalError),
        invalid.clone(),
        valid,
    ];
    assert_eq!(validate_all(&rig, &asked).await.unwrap(), expected);
    assert_eq!(rig.repo.calls::<repo::FindSignInsRequest>(), 1);
    assert_eq!(validate_all(&rig, &["forged"]).await.unwrap(), [invalid]);
    assert!(validate_all(&rig, &[]).await.unwrap().is_empty());
    assert_eq!(rig.repo.calls::<repo::FindSignInsRequest>(), 1, "a forgery touches nothing");
    assert_eq!(validate_all(&rig, &["x"; 1_001]).await.unwrap_err(), Reason::InvalidParameter);
    rig.repo.on(|_: repo::FindSignInsRequest| async { Ok(repo::FindSignInsResponse::default()) });
    assert_eq!(validate_all(&rig, &asked).await.unwrap_err(), Reason::InternalError);
}

#[actix_rt::test]
async fn look_ups_of_many_calls_share_calls_to_repo() {
    let rig = Rig::start().await;
    with_ann(&rig, types::UserStatus::Normal);
    let token = login(&rig, "ann", PASSWORD).await.unwrap().access_token;
    sign_in_is(&rig, 0, types::UserStatus::Normal);
    let outcomes = join_all((0..200).map(|_| validate(&rig, &token))).await;
    assert!(outcomes.into_iter().all(|outcome| outcome == (true, String::new())));
    let calls = rig.repo.calls::<repo::FindSignInsRequest>();
    assert!(calls < 100, "{calls} calls for 200 tokens");
}
