//! A session without a socket, for tests.

use std::time::Duration;

use actix::{Actor, AsyncContext, Context, Handler, WrapFuture};
use bytestring::ByteString;
use protos::error::CloseCode;
use protos::ids::SessionId;
use tokio::sync::{Mutex, mpsc, watch};

use super::handle::{QueueBounds, SessionHandle, ToSession, UNCOUNTED};

/// A mailbox whose content a test reads.
pub(crate) struct FakeSession {
    handle: SessionHandle,
    told: Mutex<mpsc::UnboundedReceiver<ToSession>>,
    reading: watch::Sender<bool>,
}

/// Takes what is in the mailbox while it reads.
struct Reader {
    told: mpsc::UnboundedSender<ToSession>,
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
            told.send(message).ok();
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

    async fn told(&self) -> ToSession {
        let mut told = self.told.lock().await;
        tokio::time::timeout(Duration::from_secs(5), told.recv()).await.expect("nothing comes").unwrap()
    }

    pub(crate) async fn next_frame(&self) -> ByteString {
        match self.told().await {
            ToSession::Write(frame, _) => frame,
            ToSession::Close(code, why) => panic!("closed with {code:?}: {why}"),
        }
    }

    pub(crate) async fn closed(&self) -> CloseCode {
        match self.told().await {
            ToSession::Write(frame, _) => panic!("a frame: {frame}"),
            ToSession::Close(code, _) => code,
        }
    }
}
