//! Objects as HTTP answers and WebSocket frames show them: the protos' fields in camelCase, enums as their numbers.

mod conversation;
mod event;
mod message;
mod user;

pub(crate) use conversation::{ConversationJson, MemberJson};
pub(crate) use event::{AnsweredRequestJson, EventJson, FriendRequestJson};
pub(crate) use message::{MessageJson, NewMessageJson};
pub(crate) use user::{UserInfoJson, UserJson};
