//! What a SYSTEM message says.

use serde_json::json;

use super::UserInfo;

/// The text of a SYSTEM message, and the same for programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SystemNotice {
    /// A sentence in English, for clients that know no better.
    pub content: String,
    /// `{"event": …, "userIds": […]}`, or `name` where the name is another, for clients that word it themselves.
    pub extra: String,
}

impl SystemNotice {
    /// Names beyond these are counted, so that a change of 500 members stays one readable line.
    const NAMED_USERS: usize = 3;

    /// `operator` added `users`.
    #[must_use]
    pub fn members_added(operator: &UserInfo, users: &[UserInfo]) -> Self {
        Self::about("member-added", "added", operator, users)
    }

    /// `operator` removed `users`.
    #[must_use]
    pub fn members_removed(operator: &UserInfo, users: &[UserInfo]) -> Self {
        Self::about("member-removed", "removed", operator, users)
    }

    /// `user` left.
    #[must_use]
    pub fn member_left(user: &UserInfo) -> Self {
        let extra = json!({ "event": "member-left", "userIds": [user.id.as_str()] });
        Self { content: format!("{} left", user.username), extra: extra.to_string() }
    }

    /// `operator` gave the group another name.
    #[must_use]
    pub fn renamed(operator: &UserInfo, name: &str) -> Self {
        let extra = json!({ "event": "conversation-renamed", "name": name });
        Self {
            content: format!("{} renamed the group to {name}", operator.username),
            extra: extra.to_string(),
        }
    }

    fn about(event: &str, verb: &str, operator: &UserInfo, users: &[UserInfo]) -> Self {
        let named: Vec<&str> =
            users.iter().take(Self::NAMED_USERS).map(|user| user.username.as_str()).collect();
        let more = users.len().saturating_sub(Self::NAMED_USERS);
        let mut content = format!("{} {verb} {}", operator.username, named.join(", "));
        if more > 0 {
            content.push_str(&format!(" and {more} more"));
        }
        let ids: Vec<&str> = users.iter().map(|user| user.id.as_str()).collect();
        Self { content, extra: json!({ "event": event, "userIds": ids }).to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(name: &str) -> UserInfo {
        UserInfo { id: name.into(), username: name.to_owned(), avatar_url: String::new() }
    }

    #[test]
    fn a_notice_names_three_and_counts_the_rest() {
        let users: Vec<UserInfo> = ["b", "c", "d", "e", "f"].map(user).to_vec();
        let notice = SystemNotice::members_added(&user("a"), &users);
        assert_eq!(notice.content, "a added b, c, d and 2 more");
        assert_eq!(notice.extra, r#"{"event":"member-added","userIds":["b","c","d","e","f"]}"#);
        let one = SystemNotice::members_removed(&user("a"), &users[..1]);
        assert_eq!(one.content, "a removed b");
    }

    #[test]
    fn leaving_and_renaming_are_told() {
        let left = SystemNotice::member_left(&user("a"));
        assert_eq!(left.content, "a left");
        assert_eq!(left.extra, r#"{"event":"member-left","userIds":["a"]}"#);
        let renamed = SystemNotice::renamed(&user("a"), "the \"team\"");
        assert_eq!(renamed.content, "a renamed the group to the \"team\"");
        assert_eq!(renamed.extra, r#"{"event":"conversation-renamed","name":"the \"team\""}"#);
    }
}
