//! A session without a socket, for tests.

use std::borrow::Cow;
use std::time::Duration;

use actix::{Actor, AsyncContext, Context, Handler, WrapFuture};
use bytestring::ByteString;
use protos::error::CloseCode;
use protos::ids::SessionId;
use tokio::sync::{Mutex, mpsc, watch};

use super::handle::{QueueBounds, SessionHandle, Slot, ToSession, UNCOUNTED};

/// A mailbox whose content a test reads.
pub(crate) struct FakeSession {
    handle: SessionHandle,
    told: Mutex<mpsc::UnboundedReceiver<Told>>,
    reading: watch::Sender<bool>,
}

/// What a test reads. What frames take of the queue is free when the last of them has been read.
enum Told {
    Frame(ByteString, Option<Slot>),
    Close(CloseCode, Cow<'static, str>),
}

impl Told {
    fn all(told: ToSession) -> Vec<Self> {
        match told {
            ToSession::Write(frame, slot) => vec![Self::Frame(frame, Some(slot))],
            ToSession::WriteAll(frames, slot) => {
                let mut told: Vec<Self> =
                    frames.iter().map(|frame| Self::Frame(frame.clone(), None)).collect();
                if let Some(Self::Frame(_, last)) = told.last_mut() {
                    *last = Some(slot);
                }
                told
            }
            ToSession::Close(code, why) => vec![Self::Close(code, why)],
        }
    }
}

/// Takes what is in the mailbox while it reads.
struct Reader {
    told: mpsc::UnboundedSender<Told>,
    reading: watch::Receiver<bool>,
}

impl Actor for Reader {
    type Context = Context<Self>;
}

impl Handler<ToSession> for Reader {
    type Result = ();

    fn handle(&mut self, message: ToSession, ctx: &mut Self::Context) {
        let (told, mut reading) = (self.told.clone(), self.reading.clone());
        let pass_on = async move {
            reading.wait_for(|reading| *reading).await.ok();
            Told::all(message).into_iter().for_each(|message| drop(told.send(message)));
        };
        // Nothing else is taken from the mailbox meanwhile.
        ctx.wait(pass_on.into_actor(self));
    }
}

impl FakeSession {
    /// What fits into the mailbox.
    pub(crate) const BOUNDS: QueueBounds = QueueBounds { frames: 8, bytes: 4_096 };

    pub(crate) fn start(user: &str, sign_in: &str) -> Self {
        let (sender, told) = mpsc::unbounded_channel();
        let reading = watch::Sender::new(true);
        let mut context = Context::new();
        context.set_mailbox_capacity(Self::BOUNDS.frames + UNCOUNTED);
        let reader = context.run(Reader { told: sender, reading: reading.subscribe() });
        let handle = SessionHandle::new(
            SessionId::generate(),
            user.into(),
            sign_in.into(),
            "test".into(),
            0,
            reader.recipient(),
            Self::BOUNDS,
        );
        Self { handle, told: Mutex::new(told), reading }
    }

    pub(crate) fn handle(&self) -> SessionHandle {
        self.handle.clone()
    }

    pub(crate) fn stop_reading(&self) {
        self.reading.send_replace(false);
    }

    pub(crate) fn resume_reading(&self) {
        self.reading.send_replace(true);
    }

    async fn told(&self) -> Told {
        let mut told = self.told.lock().await;
        tokio::time::timeout(Duration::from_secs(5), told.recv()).await.expect("nothing comes").unwrap()
    }

    pub(crate) async fn next_frame(&self) -> ByteString {
        match self.told().await {
            Told::Frame(frame, _) => frame,
            Told::Close(code, why) => panic!("closed with {code:?}: {why}"),
        }
    }

    pub(crate) async fn closed(&self) -> CloseCode {
        match self.told().await {
            Told::Frame(frame, _) => panic!("a frame: {frame}"),
            Told::Close(code, _) => code,
        }
    }
}
