//! The document tells of every route, and of no other.

use std::collections::BTreeSet;
use std::path::Path;

use actix_web::http::Method;
use actix_web::test::TestRequest;
use protos::Reason;
use serde_json::Value;

use super::Gateway;

async fn document() -> Value {
    let answer = Gateway::start().await.send(TestRequest::get().uri("/api/openapi.json")).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    answer.body
}

fn documented(document: &Value) -> BTreeSet<&str> {
    document["paths"].as_object().unwrap().keys().map(String::as_str).collect()
}

/// The paths that the source files register below `/api`.
fn registered() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let sources = files.filter(|path| path.is_file()).map(|path| std::fs::read_to_string(path).unwrap());
    let source: String = sources.collect();
    let paths =
        source.split("web::resource(\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned());
    // The document and its page are not in it.
    paths.filter(|path| !path.starts_with("/openapi") && !path.starts_with("/docs")).collect()
}

#[actix_web::test]
async fn every_registered_path_is_documented_and_the_other_way_round() {
    let document = document().await;
    let documented: BTreeSet<String> = documented(&document).into_iter().map(str::to_owned).collect();
    assert_eq!(documented, registered());
}

#[actix_web::test]
async fn a_path_takes_the_methods_that_are_documented_and_no_others() {
    let (document, gateway) = (document().await, Gateway::start().await);
    for path in documented(&document) {
        let uri = format!("/api{}", path.replace(['{', '}'], ""));
        let refused = gateway.send(TestRequest::with_uri(&uri).method(Method::PATCH)).await;
        assert_eq!(refused.status, 405, "{path}");
        let allowed = refused.header("allow").unwrap().to_ascii_lowercase();
        let allowed: BTreeSet<&str> = allowed.split(", ").collect();
        let methods = document["paths"][path].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(allowed, methods, "{path}");
    }
}

#[actix_web::test]
async fn every_operation_has_a_success_and_every_failure_its_envelope() {
    let document = document().await;
    assert_eq!(document["openapi"], "3.1.0");
    let mut names = BTreeSet::new();
    let failure = "#/components/schemas/Failure";
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let responses = operation["responses"].as_object().unwrap();
            assert!(
                names.insert(operation["operationId"].as_str().unwrap()),
                "{method} {path} has another's name"
            );
            assert!(responses.keys().any(|status| status.starts_with('2')), "{method} {path}");
            for (status, response) in responses {
                let schema = &response["content"]["application/json"]["schema"]["$ref"];
                assert_eq!(status.starts_with('2'), schema != failure, "{method} {path} {status}");
                assert!(response["description"].as_str().is_some_and(|text| !text.is_empty()));
                if !status.starts_with('2') {
                    assert_reasons(status, response["description"].as_str().unwrap());
                }
            }
            let is_public = operation["security"] == serde_json::json!([{}]);
            let needs = |statuses: &[&str]| {
                let missing = statuses.iter().find(|status| !responses.contains_key(**status));
                assert_eq!(missing, None, "{method} {path}");
            };
            needs(&["429", "500", "503", "504"]);
            if !is_public {
                needs(&["401", "403"]);
            }
            if operation.get("requestBody").is_some() {
                needs(&["400", "413", "415"]);
            }
            if path.contains("{id}") {
                needs(&["404"]);
            }
        }
    }
}

/// A failure's description lists reasons of that status; after a colon stands a word for people.
fn assert_reasons(status: &str, description: &str) {
    let reasons = description.split(':').next().unwrap();
    for reason in reasons.split(", ") {
        let known = Reason::parse(reason).unwrap_or_else(|| panic!("{reason} is no reason"));
        // 408 and 415 are HTTP's own.
        assert!(
            known.http_status().to_string() == status || ["408", "415"].contains(&status),
            "{status} {reason}"
        );
    }
}

#[actix_web::test]
async fn references_lead_somewhere() {
    let document = document().await;
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1) {
        let pointer = reference.split('"').next().unwrap();
        assert!(document.pointer(pointer).is_some(), "{pointer}");
    }
}

#[actix_web::test]
async fn the_page_beside_it_keeps_to_the_policy_of_all_pages() {
    let page = Gateway::start().await.send(TestRequest::get().uri("/api/docs/")).await;
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    assert!(page.header("content-security-policy").unwrap().starts_with("default-src 'none';"));
}
