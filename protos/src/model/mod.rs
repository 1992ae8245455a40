//! The domain types that the services reason with. They know nothing of protobuf, HTTP or SQL.

mod conversation;
mod event;
mod friend;
mod link;
mod message;
mod online_status;
mod sync;
mod system_notice;
mod user;

pub mod limits;

pub use conversation::{Conversation, ConversationDetails, ConversationType, Member, Role};
pub use event::{ChatEvent, ConversationShown, MembersChanged};
pub use friend::{FriendRequest, FriendRequestStatus};
pub use link::{Debt, LinkPosition};
pub use message::{Message, MessageType, RecalledMessage, SavedMessage};
pub use online_status::{GatewayLease, OnlineStatus};
pub use sync::{Recall, SyncPosition, SyncRequest, Synced, SyncedConversation};
pub use system_notice::SystemNotice;
pub use user::{SignIn, User, UserInfo, UserStatus};
