//! Things as lines of text. Whatever others wrote is made harmless to a terminal first.

use client::{Conversation, Member, Message, Pushed};
use protos::model::{ConversationType, MessageType, Role};

/// A list shows so much of a last message, in characters.
const PREVIEW: usize = 40;

/// Text on one line, with nothing in it that could steer a terminal.
pub(super) fn printable(text: &str) -> String {
    text.replace("\r\n", "\n")
        .chars()
        .map(|c| match c {
            '\n' => '⏎',
            '\t' => ' ',
            // Bidirectional overrides would let a line look like another one.
            c if c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') => {
                '\u{fffd}'
            }
            c => c,
        })
        .collect()
}

/// What a conversation is called.
pub(super) fn title(conversation: &Conversation) -> String {
    match (conversation.name.as_str(), conversation.kind) {
        ("", Some(ConversationType::World)) => "world".to_owned(),
        ("", _) => conversation.id.to_string(),
        (name, _) => printable(name),
    }
}

/// A message; `place` names its conversation when that is not the open one.
pub(super) fn message(message: &Message, place: Option<&str>) -> String {
    let place = place.map(|place| format!("[{place}] ")).unwrap_or_default();
    if message.kind == Some(MessageType::System) {
        return format!("{place}* {}", printable(&message.content));
    }
    format!("{place}{}: {}", printable(&message.sender.username), content(message))
}

/// A message of history, with its place.
pub(super) fn past(told: &Message) -> String {
    format!("#{} {}", told.seq, message(told, None))
}

fn content(message: &Message) -> String {
    if message.deleted {
        return "(recalled)".to_owned();
    }
    let kind = match message.kind {
        Some(MessageType::Text | MessageType::System) => return printable(&message.content),
        Some(MessageType::Image) => "image",
        Some(MessageType::File) => "file",
        Some(MessageType::Voice) => "voice",
        Some(MessageType::Video) => "video",
        None => "unknown kind",
    };
    format!("({kind}) {}", printable(&message.content))
}

/// A pushed event.
pub(super) fn pushed(pushed: &Pushed) -> String {
    format!("* {}: {}", printable(&pushed.kind), printable(&pushed.data))
}

/// What happened in chat, where somebody who talks wants to hear of it.
pub(super) fn chat(chat: &Pushed) -> Option<String> {
    let data: serde_json::Value = serde_json::from_str(&chat.data).ok()?;
    let name = |user: &serde_json::Value| printable(user["username"].as_str().unwrap_or("somebody"));
    match chat.kind.as_str() {
        "friend-request" => Some(format!("* {} wants to be your friend", name(&data["request"]["from"]))),
        "friend-accepted" => Some(format!("* {} is your friend", name(&data["user"]))),
        "message-recalled" => Some(format!("* message {} was recalled", data["seqId"])),
        _ => None,
    }
}

/// A line for each conversation.
pub(super) fn list(conversations: &[Conversation]) -> Vec<String> {
    let titles: Vec<String> = conversations.iter().map(title).collect();
    let width = titles.iter().map(|title| title.chars().count()).max().unwrap_or(0);
    let row = |(conversation, title): (&Conversation, &String)| {
        let kind = match conversation.kind {
            Some(ConversationType::Single) => "user",
            Some(ConversationType::Group) => "group",
            Some(ConversationType::World) => "world",
            None => "?",
        };
        let online = conversation.peer.as_ref().is_some_and(|peer| peer.online);
        let unread = conversation.unread_count;
        let last = conversation.last_message.as_ref().map(preview).unwrap_or_default();
        let online = if online { "online" } else { "" };
        let unread = if unread > 0 { format!("{unread} unread") } else { String::new() };
        format!("{title:width$}  {kind:5}  {online:6}  {unread:10}  {last}").trim_end().to_owned()
    };
    conversations.iter().zip(&titles).map(row).collect()
}

fn preview(last: &Message) -> String {
    let line = message(last, None);
    if line.chars().count() <= PREVIEW {
        return line;
    }
    line.chars().take(PREVIEW - 1).chain(['…']).collect()
}

/// A line for each member.
pub(super) fn member(member: &Member) -> String {
    let role = match member.role {
        Some(Role::Owner) => " (owner)",
        Some(Role::Admin) => " (admin)",
        _ => "",
    };
    let muted = if member.muted { " (muted)" } else { "" };
    format!("{}{role}{muted}", printable(&member.user.username))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(kind: i32, content: &str) -> Message {
        serde_json::from_value(json!({
            "id": "c.3", "conversationId": "c", "sender": {"id": "u", "username": "bob"}, "messageType": kind,
            "content": content, "seqId": 3, "clientMsgId": "k", "createdAt": 5,
        }))
        .unwrap()
    }

    #[test]
    fn what_happens_in_chat_is_told_where_it_matters() {
        let told = |kind: &str, data: &str| {
            chat(&Pushed { kind: kind.to_owned(), data: data.to_owned(), push_id: None })
        };
        let request = r#"{"request":{"from":{"username":"ann"}}}"#;
        assert_eq!(told("friend-request", request).unwrap(), "* ann wants to be your friend");
        assert_eq!(
            told("friend-accepted", r#"{"user":{"username":"bob"}}"#).unwrap(),
            "* bob is your friend"
        );
        assert_eq!(told("message-recalled", r#"{"seqId":3}"#).unwrap(), "* message 3 was recalled");
        assert_eq!(told("typing-indicator", "{}"), None);
    }

    #[test]
    fn what_others_write_cannot_steer_the_terminal() {
        assert_eq!(printable("a\x1b[2Jb\tc\nd\r\ne\u{202e}f"), "a\u{fffd}[2Jb c⏎d⏎e\u{fffd}f");
        assert_eq!(message(&told(1, "\x07"), Some("x")), "[x] bob: \u{fffd}");
    }

    #[test]
    fn messages_say_who_where_and_what() {
        assert_eq!(message(&told(1, "hi"), None), "bob: hi");
        assert_eq!(message(&told(1, "hi"), Some("lunch")), "[lunch] bob: hi");
        assert_eq!(message(&told(4, "bob added carol"), None), "* bob added carol");
        assert_eq!(message(&told(2, "http://x/y.png"), None), "bob: (image) http://x/y.png");
        assert_eq!(message(&told(99, "?"), None), "bob: (unknown kind) ?");
        assert_eq!(past(&told(1, "hi")), "#3 bob: hi");
        let recalled = Message { deleted: true, ..told(1, "") };
        assert_eq!(message(&recalled, None), "bob: (recalled)");
    }

    #[test]
    fn the_list_is_aligned() {
        let conversations: Vec<Conversation> = serde_json::from_value(json!([
            {"id": "c1", "type": 1, "name": "bob", "unreadCount": 2,
             "peer": {"id": "b", "username": "bob", "online": true}, "lastMessage": null},
            {"id": "c2", "type": 2, "name": "The Lunch", "unreadCount": 0},
        ]))
        .unwrap();
        assert_eq!(list(&conversations), ["bob        user   online  2 unread", "The Lunch  group"]);
        let long = preview(&told(1, &"x".repeat(100)));
        assert_eq!(long.chars().count(), PREVIEW);
    }
}
