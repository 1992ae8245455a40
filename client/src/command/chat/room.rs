//! Who is signed in, what is open, and what lines ask for.

use std::collections::HashMap;

use client::{Account, Ack, Conversation, Message, NewGroup, NewMessage, Session};
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use protos::ids::{ConversationId, Seq};
use protos::model::ConversationType;

use super::console::Console;
use super::line::Line;
use super::show;
use crate::command::Failure;

/// Messages that are shown when a conversation is opened.
const OPENING: u32 = 10;
/// Pages of a list that are looked at, and their sizes.
const MAX_PAGES: u32 = 10;
const CONVERSATIONS: u32 = 100;
const MEMBERS: u32 = 500;

/// The talk of one user.
pub(super) struct Room {
    account: Account,
    session: Session,
    open: Option<Open>,
    titles: HashMap<ConversationId, String>,
    /// What has been asked of the server and is not answered yet.
    pub(super) under_way: FuturesUnordered<BoxFuture<'static, Done>>,
    failed: bool,
}

/// The open conversation.
#[derive(Clone)]
pub(super) struct Open {
    id: ConversationId,
    title: String,
}

/// What became of something under way.
pub(super) enum Done {
    Sent { text: String, place: Open, outcome: client::Result<Ack> },
    Read(client::Result<i64>),
}

impl Room {
    pub(super) fn new(account: Account, session: Session) -> Self {
        Self {
            account,
            session,
            open: None,
            titles: HashMap::new(),
            under_way: FuturesUnordered::new(),
            failed: false,
        }
    }

    /// True when a line could not be done.
    pub(super) fn has_failed(&self) -> bool {
        self.failed
    }

    /// True when the next line may be taken: a person's at once, a script's when nothing is under way.
    pub(super) fn takes_lines(&self, console: &Console) -> bool {
        console.is_terminal() || self.under_way.is_empty()
    }

    /// Tells that a line could not be done.
    pub(super) fn fail(&mut self, console: &mut Console, why: &str) -> Result<(), Failure> {
        self.failed = true;
        console.warn(&show::printable(why))
    }

    /// Says goodbye.
    pub(super) async fn leave(&self) {
        self.session.close().await;
    }

    /// Does what a line asks for; a refusal is shown and is no error.
    pub(super) async fn obey(&mut self, console: &mut Console, line: Line) -> Result<(), Failure> {
        let done = match line {
            Line::Text(text) => self.send(text).await,
            Line::Open(name) => self.open_named(console, &name).await,
            Line::Group { name, users } => self.open_group(console, name, &users).await,
            Line::World => self.open_world(console).await,
            Line::List => self.list(console).await,
            Line::History(count) => self.history(console, count).await,
            Line::Who => self.who(console).await,
            Line::Nothing | Line::Help | Line::Quit => Ok(()),
        };
        match done {
            Err(Trouble::Told(why)) => self.fail(console, &why),
            Err(Trouble::Broken(failure)) => Err(failure),
            Ok(()) => Ok(()),
        }
    }

    /// Shows a message that came in; one in the open conversation is read by that.
    pub(super) async fn show(&mut self, console: &mut Console, message: Message) -> Result<(), Failure> {
        let is_open = self.open.as_ref().is_some_and(|open| open.id == message.conversation_id);
        if is_open {
            console.say(&show::message(&message, None))?;
            self.mark_read(message.conversation_id, message.seq);
        } else {
            let title = self.title(&message.conversation_id).await;
            console.say(&show::message(&message, Some(&title)))?;
        }
        Ok(())
    }

    /// Shows what became of something under way.
    pub(super) fn finish(&mut self, console: &mut Console, done: Done) -> Result<(), Failure> {
        match done {
            Done::Sent { text, place, outcome: Ok(_) } => {
                let is_open = self.open.as_ref().is_some_and(|open| open.id == place.id);
                let prefix = if is_open { String::new() } else { format!("[{}] ", place.title) };
                let me = show::printable(&self.account.user().username);
                console.say(&format!("{prefix}{me}: {}", show::printable(&text)))
            }
            Done::Sent { text, outcome: Err(why), .. } => {
                self.fail(console, &format!("not sent ({why}): {text}"))
            }
            Done::Read(Err(why)) => console.warn(&format!("not marked as read: {why}")),
            Done::Read(Ok(_)) => Ok(()),
        }
    }

    async fn send(&mut self, text: String) -> Result<(), Trouble> {
        let place = self.place()?.clone();
        let sending = self.session.send(NewMessage::text(&place.id, text.clone())).await?;
        self.under_way.push(Box::pin(async move { Done::Sent { text, place, outcome: sending.await } }));
        Ok(())
    }

    fn mark_read(&self, id: ConversationId, seq: Seq) {
        let session = self.session.clone();
        self.under_way.push(Box::pin(async move { Done::Read(session.mark_read(&id, seq).await) }));
    }

    async fn open_named(&mut self, console: &mut Console, name: &str) -> Result<(), Trouble> {
        let known = self.conversations().await?;
        let wanted = name.to_lowercase();
        let known = known.into_iter().find(|known| {
            known.id.as_str() == name || (known.name.to_lowercase() == wanted && !wanted.is_empty())
        });
        let conversation = match known {
            Some(known) => known,
            None => self.account.open_single(&self.account.find_user(name).await?.id).await?,
        };
        self.enter(console, &conversation).await
    }

    async fn open_group(
        &mut self,
        console: &mut Console,
        name: String,
        users: &[String],
    ) -> Result<(), Trouble> {
        let mut members = Vec::with_capacity(users.len());
        for user in users {
            members.push(self.account.find_user(user).await?.id);
        }
        let group = NewGroup { name, members, ..NewGroup::default() };
        let conversation = self.account.create_group(&group).await?;
        self.enter(console, &conversation).await
    }

    async fn open_world(&mut self, console: &mut Console) -> Result<(), Trouble> {
        let world = self.account.join_world().await?;
        self.enter(console, &world).await
    }

    /// Opens a conversation: shows its last messages, and marks them as read.
    async fn enter(&mut self, console: &mut Console, conversation: &Conversation) -> Result<(), Trouble> {
        let title = show::title(conversation);
        self.titles.insert(conversation.id.clone(), title.clone());
        let last = self.account.history(&conversation.id, None, OPENING).await?;
        let kind = match conversation.kind {
            Some(ConversationType::Single) => String::new(),
            _ if conversation.member_count == 1 => ", 1 member".to_owned(),
            _ => format!(", {} members", conversation.member_count),
        };
        self.open = Some(Open { id: conversation.id.clone(), title: title.clone() });
        console.name_prompt(&title)?;
        console.say(&format!("-- {title}{kind}"))?;
        for message in last.items.iter().rev() {
            console.say(&show::past(message))?;
        }
        if let Some(newest) = last.items.first().filter(|_| conversation.unread_count > 0) {
            self.mark_read(conversation.id.clone(), newest.seq);
        }
        Ok(())
    }

    async fn list(&mut self, console: &mut Console) -> Result<(), Trouble> {
        let conversations = self.conversations().await?;
        if conversations.is_empty() {
            console.say("no conversations yet: /open NAME begins one")?;
        }
        for line in show::list(&conversations) {
            console.say(&line)?;
        }
        Ok(())
    }

    async fn history(&mut self, console: &mut Console, count: u32) -> Result<(), Trouble> {
        let page = self.account.history(&self.place()?.id, None, count).await?;
        for message in page.items.iter().rev() {
            console.say(&show::past(message))?;
        }
        Ok(())
    }

    async fn who(&mut self, console: &mut Console) -> Result<(), Trouble> {
        let id = self.place()?.id.clone();
        for page in 1..=MAX_PAGES {
            let members = self.account.members(&id, page, MEMBERS).await?;
            for member in &members.items {
                console.say(&show::member(member))?;
            }
            if !members.has_more {
                return Ok(());
            }
        }
        Ok(console.say("…")?)
    }

    async fn conversations(&mut self) -> client::Result<Vec<Conversation>> {
        let mut all = Vec::new();
        for page in 1..=MAX_PAGES {
            let listed = self.account.conversations(page, CONVERSATIONS).await?;
            all.extend(listed.items);
            if !listed.has_more {
                break;
            }
        }
        self.titles.extend(all.iter().map(|known| (known.id.clone(), show::title(known))));
        Ok(all)
    }

    async fn title(&mut self, id: &ConversationId) -> String {
        if let Some(title) = self.titles.get(id) {
            return title.clone();
        }
        // Without an answer the id has to do; the next message asks again.
        let Ok(conversation) = self.account.conversation(id).await else { return id.to_string() };
        let title = show::title(&conversation);
        self.titles.insert(id.clone(), title.clone());
        title
    }

    fn place(&self) -> Result<&Open, Trouble> {
        let why = || Trouble::Told("no conversation is open: /open NAME or /world".to_owned());
        self.open.as_ref().ok_or_else(why)
    }
}

/// Why a line was not done.
enum Trouble {
    /// To be told; the talk goes on.
    Told(String),
    /// The console is gone.
    Broken(Failure),
}

impl From<client::Error> for Trouble {
    fn from(error: client::Error) -> Self {
        Self::Told(error.to_string())
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Broken(failure)
    }
}
