//! The operator's page and what it asks for, on two gateways.

use tokio::io::AsyncReadExt;

use super::push::two;
use super::*;

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// What came back.
struct Answer {
    status: u16,
    /// In lower case.
    head: String,
    body: Value,
}

async fn site() -> Site {
    Site { admin_token: Some(Secret::new("ADMIN_TOKEN", TOKEN).unwrap()), ..Site::start().await }
}

/// A request with more lines for its head, and its answer.
async fn ask(gateway: &Running, line: &str, head: &str, body: &str) -> Answer {
    let length = body.len();
    let request = format!(
        "{line} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n{head}\r\n{body}"
    );
    let (mut stream, mut answer) = (gateway.raw(request.as_bytes()).await, String::new());
    timeout(DEADLINE, stream.read_to_string(&mut answer)).await.unwrap().unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    Answer {
        status: head[9..12].parse().unwrap(),
        head: head.to_lowercase(),
        body: serde_json::from_str(body).unwrap_or_default(),
    }
}

async fn ask_as_operator(gateway: &Running, line: &str, body: &str) -> Answer {
    ask(gateway, line, &format!("authorization: Bearer {TOKEN}\r\n"), body).await
}

async fn stats(gateway: &Running) -> Value {
    let answer = ask_as_operator(gateway, "GET /admin/api/stats", "").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["data"].clone()
}

/// The gateway of this name among those shown.
fn shown<'a>(overview: &'a Value, name: &str) -> &'a Value {
    let gateways = overview["gateways"].as_array().unwrap();
    gateways.iter().find(|gateway| gateway["gatewayId"] == name).unwrap_or_else(|| panic!("{overview}"))
}

#[actix_rt::test]
async fn without_a_token_nothing_of_it_is_there() {
    let site = Site::start().await;
    let gateway = site.gateway("g1", tuning()).await;
    let lines =
        ["GET /admin", "GET /admin/", "GET /admin/main.js", "GET /admin/api/stats", "POST /admin/api/push"];
    for line in lines {
        let answer = ask_as_operator(&gateway, line, "{}").await;
        assert_eq!((answer.status, &answer.body["code"]), (404, &json!("NOT_FOUND")), "{line}");
    }
    let nowhere = ask_as_operator(&gateway, "GET /nowhere", "").await;
    let hidden = ask_as_operator(&gateway, "GET /admin", "").await;
    let lines =
        |answer: &Answer| answer.head.lines().filter(|line| !line.starts_with("x-request-id")).count();
    assert_eq!(lines(&nowhere), lines(&hidden), "{}", hidden.head);
}

#[actix_rt::test]
async fn only_the_operator_is_answered_and_no_other_origin() {
    let site = site().await;
    let gateway = site.gateway("g1", tuning()).await;
    let origin = "origin: https://chat.example\r\n";
    for line in ["GET /admin/api/stats", "POST /admin/api/push", "GET /admin/api/nothing"] {
        for head in ["", "authorization: Bearer no\r\n", "authorization: Basic x\r\n"] {
            let answer = ask(&gateway, line, &format!("{head}{origin}"), "{}").await;
            assert_eq!((answer.status, &answer.body["code"]), (401, &json!("UNAUTHORIZED")), "{line} {head}");
            assert!(answer.body["requestId"].as_str().is_some_and(|id| !id.is_empty()), "{}", answer.body);
            assert!(!answer.head.contains("access-control"), "{}", answer.head);
        }
    }
    let shared = format!("authorization: Bearer {TOKEN}\r\n{origin}");
    let answer = ask(&gateway, "GET /admin/api/stats", &shared, "").await;
    assert_eq!(answer.status, 200);
    assert!(answer.head.contains("cache-control: no-store"), "{}", answer.head);
    assert!(!answer.head.contains("access-control"), "{}", answer.head);
    let preflight = format!("{origin}access-control-request-method: GET\r\n");
    let answer = ask(&gateway, "OPTIONS /admin/api/stats", &preflight, "").await;
    assert!(answer.status >= 400 && !answer.head.contains("access-control"), "{}", answer.head);
    let page = ask(&gateway, "GET /admin", "", "").await;
    assert_eq!(page.status, 200, "the page itself asks for the token");
    assert!(page.head.contains("content-security-policy: default-src 'none'"), "{}", page.head);
}

#[actix_rt::test]
async fn who_guesses_is_answered_429_after_a_while() {
    let site = site().await;
    let gateway = site.gateway("g1", tuning()).await;
    let guess = "authorization: Bearer no\r\n";
    let mut answers = Vec::new();
    for _ in 0..11 {
        answers.push(ask(&gateway, "GET /admin/api/stats", guess, "").await.status);
    }
    assert_eq!(answers[..10], [401; 10]);
    assert_eq!(answers[10], 429);
    let answer = ask_as_operator(&gateway, "GET /admin/api/stats", "").await;
    assert!(answer.status == 429 && answer.head.contains("retry-after: "), "{}", answer.head);
}

#[actix_rt::test]
async fn all_gateways_are_shown_and_what_they_count() {
    let site = site().await;
    let (first, second) = two(&site).await;
    let ((mut ann, _), (mut bob, _)) = (first.connect("ann.s1").await, second.connect("bob.s1").await);
    let before = stats(&first).await;
    for number in 0..3 {
        ann.say(message(number, if number == 2 { "nowhere" } else { "c1" })).await;
    }
    for kind in ["message-ack", "message-ack", "error"] {
        assert_eq!(ann.frame().await["type"], kind);
    }
    first.push(&["bob", "nobody"]).await;
    assert_eq!(bob.frame().await["type"], "notification");
    // Each of the two tells the same of both.
    for asked in [&first, &second] {
        let overview = stats(asked).await;
        assert_eq!((&overview["leasesKnown"], &overview["users"]), (&json!(true), &json!(2)), "{overview}");
        assert_eq!(overview["gateways"].as_array().unwrap().len(), 2);
        let (here, there) = (shown(&overview, "g1"), shown(&overview, "g2"));
        for gateway in [here, there] {
            assert_eq!(gateway["lease"], json!({"heldMs": 5_000, "renewedMs": 1_000, "leftMs": 9_000}));
            let off = gateway["clockAheadMs"].as_i64().unwrap();
            assert!(off <= gateway["tookMs"].as_i64().unwrap(), "the clock stands: {gateway}");
            let stats = &gateway["stats"];
            assert_eq!((&stats["sessions"], &stats["users"]), (&json!(1), &json!(1)));
            assert_eq!((&stats["ready"], &stats["standing"]), (&json!(true), &json!("held")));
            assert_eq!(stats["version"], env!("CARGO_PKG_VERSION"));
            assert_eq!(stats["startedAtMs"], 1_000_000);
            let dependencies = stats["dependencies"].as_array().unwrap();
            let dependencies: Vec<_> = dependencies.iter().map(|it| (&it["name"], &it["ready"])).collect();
            assert_eq!(dependencies, [(&json!("logic"), &json!(true)), (&json!("repo"), &json!(true))]);
            let queues = stats["queues"].as_array().unwrap();
            // The server's one thread gathers messages, and so may what runs beside it.
            assert!(
                queues.iter().any(|queue| queue["name"] == "logic" && queue["bound"] == 2 * 4_096),
                "{stats}"
            );
            assert_eq!(queues.iter().filter(|queue| queue.get("gatewayId").is_some()).count(), 1, "{stats}");
            assert_eq!(stats["mailboxes"]["boundFrames"], 4_096);
        }
        let more = |name: &str, count: &str| {
            let count = |overview| shown(overview, name)["stats"]["counts"][count].as_i64().unwrap();
            count(&overview) - count(&before)
        };
        assert_eq!(
            (more("g1", "messagesAcked"), more("g1", "messagesFailed"), more("g1", "pushes")),
            (2, 1, 1)
        );
        assert_eq!(
            (more("g2", "messagesAcked"), more("g2", "pushes"), more("g2", "pushesDelivered")),
            (0, 0, 1)
        );
        let sent = here["stats"]["send"].as_array().unwrap();
        assert_eq!(sent.iter().map(|bucket| bucket[2].as_i64().unwrap()).sum::<i64>(), 2, "{here}");
    }
}

#[actix_rt::test]
async fn one_that_does_not_answer_is_shown_as_such_and_so_are_leases_that_nobody_tells() {
    let site = site().await;
    let first = site.gateway("g1", tuning()).await;
    // It takes connections and says nothing, as a process that stands still does.
    let dead = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let lease = protos::pb::repo::GatewayLease {
        gateway_id: "dead".into(),
        incarnation: "1".into(),
        url: format!("http://{}", dead.local_addr().unwrap()),
    };
    site.presence.state().leases.insert("dead".into(), lease);
    let is_known = async {
        let has_link = |queue: &Value| queue["gatewayId"] == "dead";
        let queues = |overview: &Value| shown(overview, "g1")["stats"]["queues"].as_array().unwrap().clone();
        while !queues(&stats(&first).await).iter().any(has_link) {}
    };
    timeout(DEADLINE, is_known).await.unwrap();
    let overview = stats(&first).await;
    assert_eq!(shown(&overview, "dead")["stats"], Value::Null);
    assert_eq!(shown(&overview, "dead")["lease"]["leftMs"], 9_000);
    assert_eq!(shown(&overview, "g1")["stats"]["sessions"], 0);
    site.presence.state().down = true;
    let overview = stats(&first).await;
    assert_eq!(overview["leasesKnown"], false);
    assert_eq!(
        (&shown(&overview, "g1")["lease"], &shown(&overview, "dead")["lease"]),
        (&Value::Null, &Value::Null)
    );
}

#[actix_rt::test]
async fn the_operator_pushes_and_sees_what_became_of_it_for_each_user() {
    let site = site().await;
    let (first, second) = two(&site).await;
    let (mut bob, _) = second.connect("bob.s1").await;
    let push = r#"{"userIds":["nobody","bob","bob"],"type":"notification","data":{"n":1.10},"pushId":"p1"}"#;
    let answer = ask_as_operator(&first, "POST /admin/api/push", push).await;
    let expected = json!({"pushId": "p1", "results": [
        {"userId": "nobody", "status": "OFFLINE", "sessions": 0, "gatewayIds": []},
        {"userId": "bob", "status": "DELIVERED", "sessions": 1, "gatewayIds": ["g2"]},
    ]});
    assert_eq!((answer.status, &answer.body["data"]), (200, &expected), "{}", answer.body);
    let frame = bob.frame().await;
    assert_eq!(
        (&frame["type"], &frame["pushId"], &frame["data"]["n"]),
        (&json!("notification"), &json!("p1"), &json!(1.1))
    );
    for wrong in [
        "{",
        "{}",
        r#"{"userIds":["bob"],"type":"UPPER","data":{}}"#,
        r#"{"userIds":["bob"],"type":"x","data":[]}"#,
    ] {
        let answer = ask_as_operator(&first, "POST /admin/api/push", wrong).await;
        assert_eq!((answer.status, &answer.body["code"]), (400, &json!("INVALID_PARAMETER")), "{wrong}");
    }
}
