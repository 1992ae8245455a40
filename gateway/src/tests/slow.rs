//! A client that never reads.

use std::time::Duration;

use protos::pb::gateway::PushStatus;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpSocket;
use tokio::time::interval;

use super::*;

/// True while this process has a connection between these two ports, from the gateway's side.
fn is_connected(gateway: u16, client: u16) -> bool {
    let table = std::fs::read_to_string("/proc/self/net/tcp").unwrap();
    table.lines().any(|line| {
        let mut columns = line.split_whitespace().skip(1);
        let mut ends_with =
            |port: u16| columns.next().is_some_and(|end| end.ends_with(&format!(":{port:04X}")));
        ends_with(gateway) && ends_with(client)
    })
}

#[actix_rt::test]
async fn a_client_that_never_reads_is_evicted_and_its_socket_ends_while_others_are_served() {
    let site = Site::start().await;
    let user_timeout = Duration::from_secs(2);
    let gateway = site.gateway("g1", Tuning { user_timeout, send_buffer: 32 * 1024, ..tuning() }).await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(16 * 1024).unwrap();
    let mut never_reads = socket.connect(gateway.http.parse().unwrap()).await.unwrap();
    let upgrade = "GET /ws?token=slow.s1 HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
        sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    never_reads.write_all(upgrade.as_bytes()).await.unwrap();
    site.presence.until(|state| state.users.get("g1").is_some_and(|users| users.contains("slow"))).await;
    let (mut reads, _) = gateway.connect("fast.s1").await;

    let data = format!(r#"{{"x":"{}"}}"#, "x".repeat(32 * 1024));
    let mut outcomes = Vec::new();
    while outcomes.last() != Some(&PushStatus::Overloaded) {
        let answer = gateway.push_request(notification(&["slow", "fast"], &data)).await.unwrap();
        assert_eq!(answer.results[1].status(), PushStatus::Delivered);
        assert_eq!(reads.frame().await["type"], "notification");
        outcomes.push(answer.results[0].status());
        assert!(outcomes.len() < 200, "memory is not bounded: {} frames are queued", outcomes.len());
    }
    assert!(
        outcomes.len() > 10 && outcomes.iter().rev().skip(1).all(|status| *status == PushStatus::Delivered)
    );
    // Evicted: a later push finds it absent, and the world is told.
    assert_eq!(gateway.push(&["slow"]).await["slow"].status(), PushStatus::Offline);
    site.presence.until(|state| !state.users["g1"].contains("slow")).await;

    let port = |address: std::net::SocketAddr| address.port();
    let ports = (port(gateway.http.parse().unwrap()), port(never_reads.local_addr().unwrap()));
    assert!(is_connected(ports.0, ports.1), "the client still holds its end");
    let gone = async {
        // The kernel ends it without a word, so there is no event to wait for.
        let mut tick = interval(Duration::from_millis(50));
        while is_connected(ports.0, ports.1) {
            tick.tick().await;
        }
    };
    timeout(Duration::from_secs(20), gone).await.expect("the socket stays");
    reads.expect_pong().await;
}
