//! Between `im.logic.v1.ConversationService` and the domain: changes of a conversation and of one member, and searches.

use protos::convert::{conversation_with, parse_role, text, type_filter};
use protos::ids::{ConversationId, UserId};
use protos::model::limits::{CONVERSATION_NAME_MAX_CHARS, DESCRIPTION_MAX_CHARS, LIST_PAGE};
use protos::model::{ConversationDetails, ConversationType};
use protos::pb::logic as pb;
use protos::{Error, Result};

use super::convert::{asked, avatar_url, limited};
use super::policy;
use crate::repo::{Edit, MemberWish, Search};

/// Who asks, about which conversation, and what it is to be.
pub(super) fn edit(request: pb::UpdateConversationRequest) -> Result<(UserId, ConversationId, Edit)> {
    let mut edit = Edit::default();
    for field in &request.update_mask {
        match field.as_str() {
            "name" => edit.name = Some(request.name.clone()),
            "avatar_url" => edit.avatar_url = Some(request.avatar_url.clone()),
            "description" => edit.description = Some(request.description.clone()),
            unknown => return Err(Error::invalid(format!("{unknown:?} cannot be updated"))),
        }
    }
    if edit == Edit::default() {
        return Err(Error::invalid("update_mask names nothing"));
    }
    let limit = |field, value: Option<String>, max| value.map(|value| limited(field, value, max)).transpose();
    edit.name = limit("name", edit.name, CONVERSATION_NAME_MAX_CHARS)?;
    edit.description = limit("description", edit.description, DESCRIPTION_MAX_CHARS)?;
    edit.avatar_url = edit.avatar_url.map(avatar_url).transpose()?;
    if let Some(name) = &edit.name {
        policy::is_well_formed(ConversationType::Group, name, 0)?;
    }
    let (user_id, conversation_id) = asked(request.user_id, request.conversation_id)?;
    Ok((user_id, conversation_id, edit))
}

/// Who asks, and about which conversation.
pub(super) fn deletion(request: pb::DeleteConversationRequest) -> Result<(UserId, ConversationId)> {
    text("reason", request.reason)?;
    asked(request.user_id, request.conversation_id)
}

type Wish = (UserId, ConversationId, UserId, MemberWish);

/// Operator, conversation, user, and what is to become of them.
pub(super) fn role(request: pb::UpdateMemberRoleRequest) -> Result<Wish> {
    let role = parse_role(request.new_role)?.ok_or_else(|| Error::invalid("new_role is missing"))?;
    wish(request.operator_id, request.conversation_id, request.target_user_id, MemberWish::Role(role))
}

/// See [`role`].
pub(super) fn mute(request: pb::MuteMemberRequest) -> Result<Wish> {
    let muted = MemberWish::Muted(request.muted);
    wish(request.operator_id, request.conversation_id, request.target_user_id, muted)
}

fn wish(operator: String, conversation: String, target: String, wish: MemberWish) -> Result<Wish> {
    let (_, conversation_id) = asked(operator.clone(), conversation)?;
    let operator_id = UserId::parse("operator_id", operator)?;
    Ok((operator_id, conversation_id, UserId::parse("target_user_id", target)?, wish))
}

/// Who asks, and for what.
pub(super) fn search(request: pb::SearchConversationsRequest) -> Result<(UserId, Search)> {
    let query = text("query", request.query)?.trim().to_owned();
    if query.is_empty() {
        return Err(Error::invalid("query is empty"));
    }
    let search =
        Search { query, kind: type_filter(request.type_filter)?, limit: LIST_PAGE.clamp(request.limit)? };
    Ok((UserId::parse("user_id", request.user_id)?, search))
}

pub(super) fn found(found: Vec<ConversationDetails>) -> pb::SearchConversationsResponse {
    let listing = |details: &ConversationDetails| pb::ConversationListing {
        my_membership: Some(details.membership.clone().into()),
        last_activity_at: details.last_activity_at,
        peer: details.peer.clone().map(Into::into),
    };
    pb::SearchConversationsResponse {
        listings: found.iter().map(listing).collect(),
        conversations: found.into_iter().map(conversation_with).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protos::Reason;

    #[test]
    fn a_mask_names_what_is_changed_and_nothing_else() {
        let request = |mask: &[&str], name: &str| pb::UpdateConversationRequest {
            user_id: "u".into(),
            conversation_id: "c".into(),
            name: name.into(),
            avatar_url: "a".into(),
            description: "d".into(),
            update_mask: mask.iter().map(ToString::to_string).collect(),
        };
        let (_, _, name_only) = edit(request(&["name", "name"], "n")).unwrap();
        assert_eq!(name_only, Edit { name: Some("n".into()), ..Edit::default() });
        let (_, _, rest) = edit(request(&["description", "avatar_url"], " ")).unwrap();
        assert_eq!(rest, Edit { name: None, avatar_url: Some("a".into()), description: Some("d".into()) });
        for bad in [
            request(&[], "n"),
            request(&["owner_id"], "n"),
            request(&["name", "type"], "n"),
            request(&["name"], " "),
            request(&["name"], &"x".repeat(101)),
            request(&["name"], "a\0b"),
        ] {
            assert_eq!(edit(bad).unwrap_err().reason(), Reason::InvalidParameter);
        }
    }

    #[test]
    fn a_role_must_be_named_and_a_query_not_empty() {
        let request = |new_role| pb::UpdateMemberRoleRequest {
            operator_id: "u".into(),
            conversation_id: "c".into(),
            target_user_id: "t".into(),
            new_role,
        };
        assert!(role(request(3)).is_ok());
        assert_eq!(role(request(0)).unwrap_err().reason(), Reason::InvalidParameter);
        assert_eq!(role(request(9)).unwrap_err().reason(), Reason::InvalidParameter);
        let request = |query: &str, limit| pb::SearchConversationsRequest {
            user_id: "u".into(),
            query: query.into(),
            limit,
            ..Default::default()
        };
        let limits = [0, 7, 500].map(|limit| search(request(" q ", limit)).unwrap().1.limit);
        assert_eq!(limits, [20, 7, 100]);
        for bad in [request(" ", 0), request("a\0b", 0), request("q", -1)] {
            assert_eq!(search(bad).unwrap_err().reason(), Reason::InvalidParameter);
        }
    }
}
