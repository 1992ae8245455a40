//! What Prometheus and supervisors are told, on a listener of its own.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

/// The status and the body of a GET at a listener.
async fn get(listener: &str, path: &str) -> (u16, String) {
    let (mut stream, mut answer) = (TcpStream::connect(listener).await.unwrap(), String::new());
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    timeout(DEADLINE, stream.read_to_string(&mut answer)).await.unwrap().unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head[9..12].parse().unwrap(), body.to_owned())
}

/// The number of a line of metrics.
fn told(metrics: &str, name: &str) -> f64 {
    let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {name} in\n{metrics}")).parse().unwrap()
}

#[actix_rt::test]
async fn prometheus_is_told_and_users_are_not() {
    let site = Site::start().await;
    let gateway = site.gateway("g1", tuning()).await;
    let (mut client, _) = gateway.connect("ann.s1").await;
    gateway.push(&["ann", "bob"]).await;
    assert_eq!(client.frame().await["type"], "notification");
    let (status, metrics) = get(&gateway.metrics, "/metrics").await;
    assert_eq!(status, 200);
    let push = r#"{service="im.gateway.v1.PusherService",method="PushToUsers",code="OK"}"#;
    for (name, value) in [
        ("gochat_sessions", 1.0),
        ("gochat_users", 1.0),
        ("gochat_ready", 1.0),
        ("gochat_pushes_total", 1.0),
        ("gochat_pushes_delivered_total", 1.0),
        ("gochat_push_seconds_count", 1.0),
        (&format!("gochat_grpc_calls_total{push}"), 1.0),
    ] {
        assert_eq!(told(&metrics, name), value, "{name}");
    }
    assert!(told(&metrics, "gochat_process_resident_memory_bytes") > 1e6, "{metrics}");
    assert!(told(&metrics, "gochat_process_open_fds") > 3.0, "{metrics}");
    assert!(told(&metrics, "gochat_process_cpu_seconds_total") > 0.0, "{metrics}");
    assert_eq!(get(&gateway.metrics, "/healthz").await.0, 200);
    // Health is brought up to date four times a second.
    let ready = async { while get(&gateway.metrics, "/readyz").await.0 != 200 {} };
    timeout(DEADLINE, ready).await.expect("it does not become ready");
    assert_eq!(get(&gateway.metrics, "/api/auth/login").await.0, 404);
    assert_eq!(gateway.get("/metrics").await, 404, "not on the users' listener");
}

#[actix_rt::test]
async fn a_gateway_that_cannot_work_says_so() {
    let site = Site::start().await;
    site.presence.state().down = true;
    let gateway = site.start_gateway("g1", tuning()).await;
    assert_eq!(get(&gateway.metrics, "/readyz").await.0, 503);
    assert_eq!(get(&gateway.metrics, "/healthz").await.0, 200);
}
