//! A wire between two programs that can be slowed, stopped one way or both, and cut.

use std::net::SocketAddr;
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use super::origin;

/// What is read at once.
const CHUNK_BYTES: usize = 8 * 1024;
/// Chunks that are on the wire; more wait in the sender's kernel, as on any wire.
const CHUNKS: usize = 64;

/// What is wrong with a wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing.
    #[default]
    None,
    /// Everything comes so much later, both ways.
    Delay(Duration),
    /// So many bytes a second pass, each way.
    Rate(u32),
    /// What the client says comes once the wire is whole again; what the server says comes. So TCP does it while a partition is
    /// shorter than its patience.
    HoldToServer,
    /// The other way round.
    HoldToClient,
    /// Both ways, ends of connections included: nobody is told that the other is gone.
    BlackHole,
    /// What the client says is gone; the connection breaks once the wire is whole again.
    LoseToServer,
    /// What the server says is gone: it does what it is asked to, and the answer never comes.
    LoseToClient,
    /// New connections are reset; those that are there go on.
    Refuse,
}

/// What becomes of the bytes that go one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    Pass,
    Delay(Duration),
    Rate(u32),
    Hold,
    Lose,
}

#[derive(Clone, Copy, Debug)]
enum Way {
    ToServer,
    ToClient,
}

impl Fault {
    /// The same, seen from a wire that was laid by the other side.
    pub(crate) fn mirrored(self) -> Self {
        match self {
            Self::HoldToServer => Self::HoldToClient,
            Self::HoldToClient => Self::HoldToServer,
            Self::LoseToServer => Self::LoseToClient,
            Self::LoseToClient => Self::LoseToServer,
            both_ways => both_ways,
        }
    }

    fn flow(self, way: Way) -> Flow {
        match (self, way) {
            (Self::Delay(by), _) => Flow::Delay(by),
            (Self::Rate(bytes), _) => Flow::Rate(bytes),
            (Self::BlackHole, _)
            | (Self::HoldToServer, Way::ToServer)
            | (Self::HoldToClient, Way::ToClient) => Flow::Hold,
            (Self::LoseToServer, Way::ToServer) | (Self::LoseToClient, Way::ToClient) => Flow::Lose,
            _ => Flow::Pass,
        }
    }
}

/// The state of a wire, and whose connections it is about.
#[derive(Clone, Debug, Default)]
struct Weather {
    fault: Fault,
    /// Process ids; nothing: everybody's.
    only: Option<Vec<u32>>,
    /// Connections that were there when this was raised are reset.
    cuts: u64,
}

impl Weather {
    fn fault_for(&self, origin: Option<u32>) -> Fault {
        if self.concerns(origin) { self.fault } else { Fault::None }
    }

    fn concerns(&self, origin: Option<u32>) -> bool {
        self.only.as_ref().is_none_or(|only| origin.is_some_and(|origin| only.contains(&origin)))
    }
}

/// Listens in a server's place and forwards to it.
#[derive(Debug)]
pub(crate) struct Wire {
    address: SocketAddr,
    weather: watch::Sender<Weather>,
    listening: JoinHandle<()>,
}

impl Wire {
    /// A wire to this server, from a free port. To be called on a tokio runtime.
    pub(crate) fn to(target: SocketAddr) -> Self {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let listener = TcpListener::from_std(listener).unwrap();
        let address = listener.local_addr().unwrap();
        let weather = watch::Sender::<Weather>::default();
        let watched = weather.subscribe();
        let listening = tokio::spawn(async move {
            while let Ok((client, from)) = listener.accept().await {
                tokio::spawn(connection(client, from, address, target, watched.clone()));
            }
        });
        Self { address, weather, listening }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Something goes wrong with it, for everybody.
    pub(crate) fn fail(&self, fault: Fault) {
        self.weather.send_modify(|weather| (weather.fault, weather.only) = (fault, None));
    }

    /// Something goes wrong with it for what these processes have connected.
    pub(crate) fn fail_for(&self, processes: &[u32], fault: Fault) {
        self.weather.send_modify(|weather| (weather.fault, weather.only) = (fault, Some(processes.to_vec())));
    }

    /// It is whole again.
    pub(crate) fn heal(&self) {
        self.fail(Fault::None);
    }

    /// Resets every connection, at both ends; new ones are as the fault says.
    pub(crate) fn cut(&self) {
        self.weather.send_modify(|weather| {
            weather.cuts += 1;
            weather.only = None;
        });
    }
}

impl Drop for Wire {
    /// Nobody listens any more; connections go on as they are.
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// Both ends are to be reset.
struct Reset;

async fn connection(
    mut client: TcpStream,
    from: SocketAddr,
    to: SocketAddr,
    target: SocketAddr,
    mut weather: watch::Receiver<Weather>,
) {
    let origin = tokio::task::spawn_blocking(move || origin::process_of(from, to)).await.unwrap();
    let (refused, cuts) = {
        let now = weather.borrow_and_update();
        (now.fault_for(origin) == Fault::Refuse, now.cuts)
    };
    let server = if refused { None } else { TcpStream::connect(target).await.ok() };
    let Some(mut server) = server else { return reset(&client) };
    client.set_nodelay(true).unwrap();
    server.set_nodelay(true).unwrap();
    let gate = |way| Gate { weather: weather.clone(), origin, way };
    let (to_server, to_client) = (gate(Way::ToServer), gate(Way::ToClient));
    let ended = {
        let (client_says, client_hears) = client.split();
        let (server_says, server_hears) = server.split();
        let carried = async {
            tokio::try_join!(
                carry(client_says, server_hears, to_server),
                carry(server_says, client_hears, to_client)
            )
        };
        tokio::select! {
            carried = carried => carried.map(drop),
            Ok(_) = weather.wait_for(|now| now.cuts != cuts) => Err(Reset),
        }
    };
    if ended.is_err() {
        reset(&client);
        reset(&server);
    }
}

/// Lets the end of this value be a reset: no goodbye, and what was not sent yet is gone.
fn reset(stream: &TcpStream) {
    SockRef::from(stream).set_linger(Some(Duration::ZERO)).ok();
}

/// Carries what one side says until it has said everything. That the other side hears no more is for the other way to tell.
async fn carry(mut from: ReadHalf<'_>, mut to: WriteHalf<'_>, gate: Gate) -> Result<(), Reset> {
    let (queue, mut queued) = mpsc::channel::<(Instant, Vec<u8>)>(CHUNKS);
    let mut at_the_end = gate.clone();
    let reading = async move {
        let mut chunk = vec![0; CHUNK_BYTES];
        loop {
            match from.read(&mut chunk).await {
                Ok(0) => return Ok(()),
                Ok(read) if queue.send((Instant::now(), chunk[..read].to_vec())).await.is_err() => {
                    return Ok(());
                }
                Ok(_) => {}
                Err(_) => {
                    at_the_end.open().await;
                    return Err(Reset);
                }
            }
        }
    };
    let mut gate = gate;
    let writing = async move {
        while let Some((read_at, chunk)) = queued.recv().await {
            if gate.admits(read_at, chunk.len()).await {
                to.write_all(&chunk).await.ok();
            } else {
                // There is a hole in the stream: it is of no use to anybody once the wire is whole.
                tokio::select! {
                    () = gate.open() => return Err(Reset),
                    () = lose(&mut queued) => {}
                }
            }
        }
        gate.open().await;
        to.shutdown().await.ok();
        Ok(())
    };
    tokio::try_join!(reading, writing).map(drop)
}

/// Takes whatever comes, for ever.
async fn lose(queued: &mut mpsc::Receiver<(Instant, Vec<u8>)>) {
    while queued.recv().await.is_some() {}
    std::future::pending().await
}

/// Decides what passes one way on one connection.
#[derive(Clone)]
struct Gate {
    weather: watch::Receiver<Weather>,
    origin: Option<u32>,
    way: Way,
}

impl Gate {
    /// Waits until a chunk that was read then may go on; false when it is lost.
    async fn admits(&mut self, read_at: Instant, bytes: usize) -> bool {
        loop {
            match self.flow() {
                Flow::Pass => return true,
                Flow::Lose => return false,
                Flow::Hold => self.changed().await,
                Flow::Delay(by) => {
                    sleep_until(read_at + by).await;
                    return true;
                }
                Flow::Rate(bytes_a_second) => {
                    sleep_until(
                        Instant::now()
                            + Duration::from_secs(1).mul_f64(bytes as f64 / f64::from(bytes_a_second)),
                    )
                    .await;
                    return true;
                }
            }
        }
    }

    /// Waits until anything passes.
    async fn open(&mut self) {
        while matches!(self.flow(), Flow::Hold | Flow::Lose) {
            self.changed().await;
        }
    }

    fn flow(&mut self) -> Flow {
        self.weather.borrow_and_update().fault_for(self.origin).flow(self.way)
    }

    /// Waits for other weather; for ever once the wire is gone.
    async fn changed(&mut self) {
        if self.weather.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
