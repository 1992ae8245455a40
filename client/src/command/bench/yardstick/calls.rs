//! Raw gRPC calls: what a hop costs where nothing is done at its end.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Instant;

use bytes::Bytes;
use futures::future::try_join_all;
use tokio::sync::mpsc;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::client::Grpc;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};
use tonic_prost::ProstCodec;

use super::echo::{STREAM, UNARY};
use super::until_listening;
use crate::command::Failure;
use crate::command::bench::cluster::{Process, free_address};
use crate::command::bench::load::{Course, Tally, Timing, drive};
use crate::command::bench::meter::Meter;
use crate::command::bench::progress::Progress;
use crate::command::bench::report::Run;

const MESSAGE_BYTES: usize = 200;
/// Calls, or messages of a stream, that are under way at a time.
const IN_FLIGHT: usize = 64;
/// What the other end is called among those that use CPU.
const SERVER: &str = "echo";

/// How it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum CallKind {
    /// A call for each message.
    Unary,
    /// One stream for all.
    Stream,
}

/// A server that answers what it is asked, in a process of its own.
#[derive(Debug)]
pub(in super::super) struct Calls {
    process: Process,
    address: SocketAddr,
}

impl Calls {
    /// Starts it.
    ///
    /// # Errors
    /// When it does not start.
    pub(in super::super) async fn start(folder: &Path) -> Result<Self, Failure> {
        let address = free_address()?;
        let arguments = ["bench", "echo", "--listen", &address.to_string()].map(str::to_owned);
        let mut process = Process::start(SERVER, &std::env::current_exe()?, &arguments, Vec::new(), folder)?;
        until_listening(&mut process).await?;
        Ok(Self { process, address })
    }

    /// Calls it from one thread.
    ///
    /// # Errors
    /// When a call fails.
    pub(in super::super) async fn measure(
        &self,
        kind: CallKind,
        timing: Timing,
        progress: &Progress,
    ) -> Result<Run, Failure> {
        let mut meter = Meter::default();
        meter.watch(SERVER, self.process.id());
        let url = format!("http://{}", self.address);
        let work = move |_: usize, course: Course| {
            let url = url.clone();
            async move {
                let channel = Endpoint::from_shared(url)?.tcp_nodelay(true).connect().await?;
                course.begins().await;
                match kind {
                    CallKind::Unary => unary(channel, &course).await,
                    CallKind::Stream => stream(channel, &course).await,
                }
            }
        };
        let (span, tallies) = drive(Timing { threads: 1, ..timing }, &meter, progress, work).await?;
        Ok(Run::of(&span, &Tally::sum(tallies)?))
    }
}

fn message() -> Bytes {
    Bytes::from_static(&[b'x'; MESSAGE_BYTES])
}

fn codec() -> ProstCodec<Bytes, Bytes> {
    ProstCodec::default()
}

async fn unary(channel: Channel, course: &Course) -> Result<Tally, Failure> {
    let calling = (0..IN_FLIGHT).map(|_| async {
        let (mut grpc, mut tally) = (Grpc::new(channel.clone()), Tally::of(["call"])?);
        while !course.is_over() {
            let called = Instant::now();
            grpc.ready().await.map_err(|why| Status::unavailable(why.to_string()))?;
            let answer = grpc.unary(Request::new(message()), UNARY.parse()?, codec()).await?;
            count(course, &mut tally, called, &answer.into_inner())?;
        }
        Ok::<_, Failure>(tally)
    });
    Tally::sum(try_join_all(calling).await?)
}

async fn stream(channel: Channel, course: &Course) -> Result<Tally, Failure> {
    let (mut grpc, mut tally) = (Grpc::new(channel), Tally::of(["message there and back"])?);
    let (messages, queue) = mpsc::unbounded_channel();
    grpc.ready().await.map_err(|why| Status::unavailable(why.to_string()))?;
    let request = Request::new(UnboundedReceiverStream::new(queue));
    let mut answers = grpc.streaming(request, STREAM.parse()?, codec()).await?.into_inner();
    let mut sent = std::collections::VecDeque::new();
    while !course.is_over() {
        while sent.len() < IN_FLIGHT {
            sent.push_back(Instant::now());
            messages.send(message()).ok();
        }
        let answer = answers.message().await?.ok_or("the stream ended")?;
        if let Some(called) = sent.pop_front() {
            count(course, &mut tally, called, &answer)?;
        }
    }
    Ok(tally)
}

fn count(course: &Course, tally: &mut Tally, called: Instant, answer: &Bytes) -> Result<(), Failure> {
    if answer.len() != MESSAGE_BYTES {
        return Err("an echo is not what was called".into());
    }
    if course.is_measured() {
        tally.note(0, called.elapsed());
    }
    course.count(1);
    Ok(())
}
