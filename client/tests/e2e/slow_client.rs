//! A client that does not read is given up, its socket too, while others are served.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::json;
use tokio::net::TcpSocket;
use tokio::time::Instant;

use crate::cluster::{Account, DEADLINE, Handshake, Size, Socket, TestCluster, eventually_within, within};
use crate::sizes;

/// How long the socket of a client that never reads lives on at the longest, once its queue is full.
const SLOW_GONE: Duration = Duration::from_secs(60);
/// How long a client that says nothing is borne at the longest.
const SILENT_GONE: Duration = Duration::from_secs(80);
/// What is kept for one slow client at the most, in bytes: its mailbox, and the buffers of both kernels.
const KEPT: usize = 4 * 1024 * 1024;
/// The text of one push, in bytes.
const PUSH: usize = 32 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_never_reads_is_evicted_and_its_socket_goes() {
    sizes::run(Size::Small, never_reads).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_says_nothing_is_dropped() {
    sizes::run(Size::Small, says_nothing).await;
}

/// A socket that nobody reads, and whose kernel takes little.
async fn unread(cluster: &TestCluster, account: &Account) -> (Socket, SocketAddr) {
    let at = cluster.gateway(0).http;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4 * 1024).unwrap();
    let stream = within("a connection", socket.connect(at)).await.unwrap();
    let client = stream.local_addr().unwrap();
    let handshake = Handshake::bearer(at, &account.access);
    let (socket, _) = within("a handshake", handshake.upgrade_over(stream)).await.unwrap();
    eventually_within(DEADLINE, "the session is announced", async || {
        cluster.repo(0).presence(&account.id).await.online.then_some(())
    })
    .await;
    (socket, client)
}

async fn never_reads(cluster: &mut TestCluster) {
    let [slow, quick] = cluster.sign_up_all(["slow", "quick"]).await;
    let reader = cluster.connect(&quick, 0).await;
    let (socket, client) = unread(cluster, &slow).await;
    let pusher = cluster.pusher(0);
    let mut pushes: usize = 0;
    loop {
        let data = json!({ "number": pushes, "text": "x".repeat(PUSH) });
        let reports = pusher.push(&[&slow.id, &quick.id], "bulk", &data).await;
        pushes += 1;
        assert_eq!(reports[1].status, "DELIVERED", "the other one is served");
        if reports[0].status == "OVERLOADED" {
            break;
        }
        assert_eq!(reports[0].status, "DELIVERED");
        assert!(pushes * PUSH < KEPT, "{pushes} pushes are kept for a client that does not read");
    }
    let full = Instant::now();
    let after = pusher.push(&[&slow.id], "bulk", &json!({})).await;
    assert_eq!(after[0].status, "OFFLINE", "evicted at once");
    eventually_within(Duration::from_secs(5), "the slow user is offline", async || {
        (!cluster.repo(0).presence(&slow.id).await.online).then_some(())
    })
    .await;
    reader.frames_of("bulk", pushes).await;

    let server = cluster.gateway(0).http;
    eventually_within(SLOW_GONE, "the slow client's socket is gone", async || {
        (!is_established(server, client)).then_some(())
    })
    .await;
    assert!(full.elapsed() <= SLOW_GONE);
    assert_eq!(reader.request("ping", &json!({})).await.kind, "pong");
    drop(socket);
}

async fn says_nothing(cluster: &mut TestCluster) {
    let [silent, lively] = cluster.sign_up_all(["silent", "lively"]).await;
    let reader = cluster.connect(&lively, 0).await;
    let (socket, client) = unread(cluster, &silent).await;
    let server = cluster.gateway(0).http;
    assert!(is_established(server, client));
    eventually_within(SILENT_GONE, "the silent client is dropped", async || {
        let online = cluster.repo(0).presence(&silent.id).await.online;
        (!online && !is_established(server, client)).then_some(())
    })
    .await;
    // A client that answers pings and says nothing else lives on.
    assert_eq!(reader.request("ping", &json!({})).await.kind, "pong");
    assert!(!reader.has_ended());
    drop(socket);
}

/// True while the server's end of a connection is open, as the kernel tells (proc(5), `/proc/net/tcp`).
fn is_established(server: SocketAddr, client: SocketAddr) -> bool {
    const ESTABLISHED: &str = "01";
    let port = |address: &str| u16::from_str_radix(address.rsplit(':').next().unwrap(), 16).unwrap();
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    table.lines().skip(1).any(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        (port(fields[1]), port(fields[2]), fields[3]) == (server.port(), client.port(), ESTABLISHED)
    })
}
