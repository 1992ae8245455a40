//! Each fault does what it says, to these tests alone.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, timeout};

use super::durability::{Synced, check};
use super::wall_clock::WallClock;
use super::wire::{Fault, Wire};
use crate::cluster::within;

/// Nothing came in so long: nothing comes.
const SILENCE: Duration = Duration::from_millis(300);

/// A wire to a server, and both ends of a connection over it.
struct Line {
    wire: Wire,
    client: TcpStream,
    server: TcpStream,
}

impl Line {
    async fn open() -> Self {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let wire = Wire::to(listener.local_addr().unwrap());
        let client = TcpStream::connect(wire.address()).await.unwrap();
        let (server, _) = within("a connection comes over the wire", listener.accept()).await.unwrap();
        Self { wire, client, server }
    }
}

async fn says(from: &mut TcpStream, what: &str) {
    from.write_all(what.as_bytes()).await.unwrap();
}

async fn hears(at: &mut TcpStream, what: &str) {
    let mut heard = vec![0; what.len()];
    within(what, at.read_exact(&mut heard)).await.unwrap();
    assert_eq!(heard, what.as_bytes());
}

async fn hears_nothing(at: &mut TcpStream) {
    let heard = timeout(SILENCE, at.read_u8()).await;
    assert!(heard.is_err(), "{heard:?}");
}

async fn is_reset(at: &mut TcpStream) {
    let heard = within("the connection is reset", at.read_u8()).await;
    assert_eq!(heard.unwrap_err().kind(), ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn a_whole_wire_carries_everything_and_the_end() {
    let Line { mut client, mut server, .. } = Line::open().await;
    let much = vec![7; 1024 * 1024];
    let (sent, heard) = tokio::join!(
        async {
            client.write_all(&much).await.unwrap();
            client.shutdown().await.unwrap();
        },
        async {
            let mut heard = Vec::new();
            server.read_to_end(&mut heard).await.unwrap();
            heard
        }
    );
    assert_eq!((sent, heard), ((), much));
    says(&mut server, "after the client's end").await;
    hears(&mut client, "after the client's end").await;
}

#[tokio::test]
async fn a_slow_wire_takes_its_time_and_loses_nothing() {
    let Line { wire, mut client, mut server } = Line::open().await;
    let begun = Instant::now();
    wire.fail(Fault::Delay(SILENCE));
    says(&mut client, "late").await;
    hears(&mut server, "late").await;
    assert!(begun.elapsed() >= SILENCE);

    wire.fail(Fault::Rate(10_000));
    let begun = Instant::now();
    let text = "x".repeat(5_000);
    says(&mut client, &text).await;
    hears(&mut server, &text).await;
    assert!(begun.elapsed() >= Duration::from_millis(500));
}

#[tokio::test]
async fn what_is_held_one_way_comes_when_the_wire_heals() {
    for (fault, to_server) in [(Fault::HoldToServer, true), (Fault::HoldToClient, false)] {
        let Line { wire, client, server } = Line::open().await;
        let (mut held, mut free) = if to_server { (client, server) } else { (server, client) };
        wire.fail(fault);
        says(&mut held, "held").await;
        says(&mut free, "free").await;
        hears(&mut held, "free").await;
        hears_nothing(&mut free).await;
        wire.heal();
        hears(&mut free, "held").await;
    }
}

#[tokio::test]
async fn a_black_hole_hides_even_the_end() {
    let Line { wire, client, mut server } = Line::open().await;
    wire.fail(Fault::BlackHole);
    drop(client);
    hears_nothing(&mut server).await;
    says(&mut server, "to nobody").await;
    hears_nothing(&mut server).await;
    wire.heal();
    let heard = within("the end comes after all", server.read(&mut [0])).await;
    assert!(heard.is_ok_and(|read| read == 0));
}

#[tokio::test]
async fn what_is_lost_stays_lost_and_the_connection_breaks() {
    let Line { wire, mut client, mut server } = Line::open().await;
    wire.fail(Fault::LoseToClient);
    says(&mut client, "a question").await;
    hears(&mut server, "a question").await;
    says(&mut server, "an answer").await;
    hears_nothing(&mut client).await;
    wire.heal();
    is_reset(&mut client).await;
    is_reset(&mut server).await;
}

#[tokio::test]
async fn a_cut_resets_both_ends_and_new_connections_go_on() {
    let Line { wire, mut client, mut server } = Line::open().await;
    wire.cut();
    is_reset(&mut client).await;
    is_reset(&mut server).await;

    wire.fail(Fault::Refuse);
    is_reset(&mut TcpStream::connect(wire.address()).await.unwrap()).await;
}

#[tokio::test]
async fn a_fault_can_be_for_one_process_alone() {
    let Line { wire, mut client, mut server } = Line::open().await;
    let own = std::process::id();
    wire.fail_for(&[own + 1], Fault::BlackHole);
    says(&mut client, "another's").await;
    hears(&mut server, "another's").await;
    wire.fail_for(&[own], Fault::BlackHole);
    says(&mut client, "ours").await;
    hears_nothing(&mut server).await;
}

#[test]
fn a_program_believes_the_clock_that_it_is_given() {
    let clock = WallClock::right().unwrap();
    let believed = || {
        let mut date = Command::new("date");
        let told = date.arg("+%s").envs(clock.environment()).output().unwrap();
        String::from_utf8(told.stdout).unwrap().trim().parse::<i64>().unwrap()
    };
    let right = believed();
    for step in [3_600, -3_600, 86_400, -86_400] {
        clock.set(step);
        let off = believed() - right - step;
        assert!((0..60).contains(&off), "{off} s off at {step}");
    }
}

/// Of a program with two threads: `k1` is synced before its answer, `k2` after it, and `k3` by a sync that began too early or was
/// of another file.
const TRACE: &str = r#"
11 pwrite64(9</data/gochat.db-wal>, "\0\1k1", 4096, 32) = 4096
11 fsync(9</data/gochat.db-wal> <unfinished ...>
12 sendto(14<socket:[77]>, "hello", 5, 0, NULL, 0) = 5
11 <... fsync resumed>)             = 0
12 writev(14<socket:[77]>, [{iov_base="k1", iov_len=2}], 1) = 2
11 pwrite64(9</data/gochat.db-wal>, "\0\1k2", 4096, 32) = 4096
11 fsync(9</data/gochat.db-wal> <unfinished ...>
12 sendto(14<socket:[77]>, "k2", 2, 0, NULL, 0) = 2
11 <... fsync resumed>)             = 0
11 fsync(9</data/gochat.db-wal> <unfinished ...>
13 pwrite64(9</data/gochat.db-wal>, "\0\1k3", 4096, 32) = 4096
11 <... fsync resumed>)             = 0
13 fsync(8</data/gochat.db>) = 0
13 fsync(9</data/gochat.db-wal>) = -1 EIO (Input/output error)
13 sendto(14<socket:[77]>, "k3", 2, 0, NULL, 0) = 2
"#;

#[test]
fn an_answer_before_its_sync_is_found() {
    let found = |keys: &[&str]| check(TRACE, &keys.iter().map(ToString::to_string).collect::<Vec<_>>());
    assert_eq!(found(&["k1"]), Synced { durable: 1, ..Synced::default() });
    assert_eq!(found(&["k1", "k2", "k3", "k4"]), Synced { durable: 1, unsynced: 2, unseen: 1 });
}
