//! Pages of other origins.

use actix_web::test::TestRequest;

use super::Gateway;

fn preflight(origin: &'static str) -> TestRequest {
    TestRequest::with_uri("/api/conversations")
        .method(actix_web::http::Method::OPTIONS)
        .insert_header(("origin", origin))
        .insert_header(("access-control-request-method", "POST"))
        .insert_header(("access-control-request-headers", "authorization,content-type"))
}

#[actix_web::test]
async fn a_listed_origin_may_call() {
    let gateway = Gateway::start().await;
    let answer = gateway.send(preflight("https://chat.example")).await;
    assert_eq!(answer.status, 204);
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://chat.example"));
    assert_eq!(answer.header("access-control-allow-methods"), Some("GET, POST, PUT, DELETE"));
    assert_eq!(answer.header("access-control-allow-headers"), Some("authorization, content-type"));
    let request =
        TestRequest::get().uri("/api/users/profile").insert_header(("origin", "https://chat.example"));
    let answer = gateway.send(request).await;
    assert_eq!(answer.status, 401, "a failure is shown to the page, too");
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://chat.example"));
    assert_eq!(answer.header("vary"), Some("Origin"));
    assert_eq!(answer.header("access-control-allow-credentials"), None);
}

#[actix_web::test]
async fn files_are_kept_for_one_origin_only() {
    let gateway = Gateway::start().await;
    for origin in ["https://chat.example", "https://evil.example"] {
        let request = TestRequest::get().uri("/gochat.d.ts").insert_header(("origin", origin));
        let answer = gateway.send(request).await;
        assert_eq!(
            (answer.status, answer.header("vary")),
            (200, Some("Accept-Encoding, Origin")),
            "{origin}"
        );
        let permitted = (origin == "https://chat.example").then_some(origin);
        assert_eq!(answer.header("access-control-allow-origin"), permitted);
    }
    let gone = gateway.send(TestRequest::get().uri("/gochat.0123456789abcdef.js")).await;
    assert_eq!((gone.code(), gone.header("cache-control")), ("NOT_FOUND", Some("no-store")));
}

#[actix_web::test]
async fn every_other_origin_is_given_nothing() {
    let gateway = Gateway::start().await;
    for origin in ["https://evil.example", "null", "https://chat.example.evil.example", "http://chat.example"]
    {
        let answer = gateway.send(preflight(origin)).await;
        assert_eq!(answer.status, 405, "{origin}");
        assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control")), "{origin}");
    }
}
