//! What the routes answer, and what the files themselves hold to.

use std::collections::BTreeSet;

use actix_http::Request;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    ETAG, HeaderMap, IF_NONE_MATCH, VARY,
};
use actix_web::http::{Method, StatusCode};
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::{App, web};

use super::references::{self, How};
use super::source::Language;
use super::*;

/// What the first load may weigh.
const FIRST_LOAD: usize = 100 * 1024;

async fn app() -> impl Service<Request, Response = ServiceResponse, Error = actix_web::Error> {
    let api = web::scope("/api").configure(configure_docs);
    init_service(App::new().service(api).configure(configure_admin).configure(configure)).await
}

async fn ask(request: TestRequest) -> (StatusCode, HeaderMap, Vec<u8>) {
    ask_of(&app().await, request).await
}

async fn ask_of(
    app: &impl Service<Request, Response = ServiceResponse, Error = actix_web::Error>,
    request: TestRequest,
) -> (StatusCode, HeaderMap, Vec<u8>) {
    let answer = call_service(app, request.to_request()).await;
    let (status, headers) = (answer.status(), answer.headers().clone());
    (status, headers, read_body(answer).await.to_vec())
}

fn header<'a>(headers: &'a HeaderMap, name: &actix_web::http::header::HeaderName) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().unwrap())
}

fn language(file: &File) -> Language {
    match file.content_type.split(';').next() {
        Some("text/html") => Language::Markup,
        Some("text/javascript") => Language::Script,
        Some("text/css") => Language::Style,
        _ => Language::Other,
    }
}

fn text(file: &File) -> &'static str {
    std::str::from_utf8(file.content).unwrap()
}

fn all(wanted: Language) -> impl Iterator<Item = &'static File> {
    FILES.iter().filter(move |file| language(file) == wanted)
}

/// What a file names, and how; a path where it has one, otherwise the name as it stands.
fn named(file: &'static File) -> Vec<(How, String)> {
    let found = references::of(language(file), text(file)).into_iter();
    let name = |found: &references::Reference| &text(file)[found.at.clone()];
    let resolved = |name: &str| references::resolve(file.path, language(file), name);
    found
        .map(|found| (found.how, resolved(name(&found)).unwrap_or_else(|| name(&found).to_owned())))
        .collect()
}

#[actix_web::test]
async fn every_path_answers_whole_and_then_that_it_is_known() {
    let app = app().await;
    let paths = PATHS.iter().map(|(path, ..)| *path).chain(PAGES.iter().map(|(path, _)| *path));
    for path in paths.filter(|path| find(path).is_some()) {
        let found = find(path).unwrap();
        for coding in ["br", "gzip", "identity"] {
            let ask_again = || TestRequest::get().uri(path).insert_header((ACCEPT_ENCODING, coding));
            let (status, headers, body) = ask_of(&app, ask_again()).await;
            assert_eq!(status, StatusCode::OK, "{path}");
            assert_eq!(header(&headers, &CONTENT_TYPE), Some(found.file.content_type));
            assert_eq!(header(&headers, &VARY), Some("Accept-Encoding, Origin"));
            let kept = if found.is_hashed { "public, max-age=31536000, immutable" } else { "no-cache" };
            assert_eq!(header(&headers, &CACHE_CONTROL), Some(kept), "{path}");
            let decoded = decoded(header(&headers, &CONTENT_ENCODING), &body);
            assert!(decoded == found.file.content, "{path} in {coding}");

            let tag = headers.get(ETAG).unwrap().clone();
            let (status, again, body) =
                ask_of(&app, ask_again().insert_header((IF_NONE_MATCH, tag.clone()))).await;
            assert_eq!((status, body.len()), (StatusCode::NOT_MODIFIED, 0), "{path}");
            assert!(again.get(CONTENT_LENGTH).is_none() && again.get(CONTENT_ENCODING).is_none());
            for name in [ETAG, VARY, CACHE_CONTROL] {
                assert_eq!(again.get(&name), headers.get(&name), "{path}");
            }
        }
    }
}

fn decoded(coding: Option<&str>, body: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::new();
    match coding {
        Some("br") => brotli::BrotliDecompress(&mut &body[..], &mut decoded).unwrap(),
        Some("gzip") => {
            std::io::copy(&mut flate2::read::GzDecoder::new(body), &mut decoded).unwrap();
        }
        other => {
            assert_eq!(other, None);
            decoded = body.to_vec();
        }
    }
    decoded
}

#[actix_web::test]
async fn the_paths_that_people_know_are_there() {
    let known = [
        ("/", "text/html; charset=utf-8"),
        ("/icon.svg", "image/svg+xml"),
        ("/gochat.js", "text/javascript; charset=utf-8"),
        ("/gochat.d.ts", "text/plain; charset=utf-8"),
        ("/api/docs", "text/html; charset=utf-8"),
        ("/api/docs/", "text/html; charset=utf-8"),
        ("/api/docs/page.js", "text/javascript; charset=utf-8"),
    ];
    for (path, content_type) in known {
        let (status, headers, _) = ask(TestRequest::get().uri(path)).await;
        assert_eq!((status, header(&headers, &CONTENT_TYPE)), (StatusCode::OK, Some(content_type)), "{path}");
    }
}

#[actix_web::test]
async fn a_tag_of_another_coding_or_content_is_not_known() {
    let (_, headers, _) = ask(TestRequest::get().uri("/").insert_header((ACCEPT_ENCODING, "br"))).await;
    let tag = header(&headers, &ETAG).unwrap().to_owned();
    let ask_with = async |coding: &'static str, tags: String| {
        let request = TestRequest::get().uri("/").insert_header((ACCEPT_ENCODING, coding));
        ask(request.insert_header((IF_NONE_MATCH, tags))).await.0
    };
    assert_eq!(ask_with("gzip", tag.clone()).await, StatusCode::OK);
    assert_eq!(ask_with("br", "\"other\"".into()).await, StatusCode::OK);
    assert_eq!(ask_with("br", format!("\"other\", W/{tag}")).await, StatusCode::NOT_MODIFIED);
    assert_eq!(ask_with("gzip", "*".into()).await, StatusCode::NOT_MODIFIED);
}

#[actix_web::test]
async fn old_names_and_other_methods_are_refused() {
    let gone = [
        "/gochat.0123456789abcdef.js",
        "/app/gone.js",
        "/index.html/",
        "/tsconfig.json",
        "//",
        "/app/",
        "/app",
    ];
    for path in gone {
        let (status, headers, _) = ask(TestRequest::get().uri(path)).await;
        assert_eq!((status, headers.get(CACHE_CONTROL)), (StatusCode::NOT_FOUND, None), "{path}");
    }
    let (status, ..) = ask(TestRequest::default().method(Method::PUT).uri("/")).await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
    let (status, headers, _) = ask(TestRequest::default().method(Method::HEAD).uri("/")).await;
    assert_eq!((status, header(&headers, &CONTENT_TYPE)), (StatusCode::OK, Some("text/html; charset=utf-8")));
}

#[actix_web::test]
async fn nothing_of_the_operators_is_there_unless_asked_for() {
    let app = init_service(App::new().configure(configure)).await;
    for path in ["/admin", "/admin/", "/admin/index.html"] {
        let answer = call_service(&app, TestRequest::get().uri(path).to_request()).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[actix_web::test]
async fn pages_have_a_policy_and_the_library_is_there_for_all() {
    const RESOURCE_POLICY: &str = "cross-origin-resource-policy";
    for page in all(Language::Markup) {
        let (_, headers, _) =
            ask(TestRequest::get().uri(page.path).insert_header(("host", "chat.example"))).await;
        let policy = header(&headers, &CONTENT_SECURITY_POLICY).unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
        assert!(policy.contains("connect-src 'self' ws://chat.example wss://chat.example;"), "{policy}");
        assert_eq!(headers.get("cross-origin-opener-policy").unwrap(), "same-origin");
        assert_eq!(headers.get(RESOURCE_POLICY).unwrap(), "same-origin");
    }
    let (_, headers, _) = ask(TestRequest::get().uri("/gochat.d.ts")).await;
    assert_eq!(headers.get(RESOURCE_POLICY).unwrap(), "cross-origin");
}

#[test]
fn pages_have_no_inline_script_or_style_and_need_no_other_host() {
    for page in all(Language::Markup) {
        for forbidden in ["<script>", "<style", "style=", " on", "javascript:", "://", "srcdoc", "<base"] {
            let is_in = text(page)
                .split('<')
                .any(|tag| format!("<{}", tag.split('>').next().unwrap_or_default()).contains(forbidden));
            assert!(!is_in, "{}: {forbidden}", page.path);
        }
        for script in text(page).split("<script").skip(1) {
            let (attributes, rest) = script.split_once('>').unwrap();
            assert!(attributes.contains("src=") && rest.starts_with("</script>"), "{}: {script}", page.path);
        }
    }
}

#[test]
fn no_script_makes_markup_or_code_of_text() {
    let forbidden = [
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "Function(",
        "DOMParser",
        "createContextualFragment",
        "setHTMLUnsafe",
        "srcdoc",
        "setAttribute(\"style\"",
    ];
    for script in all(Language::Script) {
        for forbidden in forbidden {
            assert!(!text(script).contains(forbidden), "{}: {forbidden}", script.path);
        }
    }
}

#[test]
fn every_name_leads_to_a_file_by_its_hash() {
    for file in FILES {
        for (how, name) in named(file).into_iter().filter(|(how, _)| *how != How::Mention) {
            let target = find(&name);
            let is_without_hash =
                target.as_ref().is_some_and(|target| target.file.content_type.contains("manifest"));
            assert!(
                target.is_some_and(|target| target.is_hashed || is_without_hash),
                "{} names {name} ({how:?}), which is not there, or has another name",
                file.path
            );
        }
    }
}

#[test]
fn the_library_names_its_parts_relative_to_itself() {
    for file in all(Language::Script).filter(|file| file.path.starts_with("/gochat")) {
        for found in references::of(Language::Script, text(file)) {
            let name = &text(file)[found.at];
            let is_absolute = name.starts_with('/') && find(name).is_some_and(|named| named.is_hashed);
            assert!(!is_absolute, "{} names {name}", file.path);
        }
    }
}

#[test]
fn the_first_load_is_light_and_takes_two_round_trips() {
    let page = find("/").unwrap().file;
    let mut loaded: BTreeSet<&str> = [page.path].into();
    let mut weight = page.brotli.map_or(page.content.len(), <[u8]>::len);
    let first: Vec<&File> = named(page).iter().map(|(_, name)| find(name).unwrap().file).collect();
    for file in &first {
        if loaded.insert(file.path) {
            weight += file.brotli.map_or(file.content.len(), <[u8]>::len);
        }
    }
    for file in first {
        for (how, name) in named(file) {
            let file = find(&name).map(|found| found.file);
            let is_first = how != How::Import || file.is_some_and(|file| loaded.contains(file.path));
            assert!(is_first, "{name} is asked for late");
            // Drawings that scripts and styles name are part of it, too.
            if let Some(file) = file.filter(|file| how == How::Mention && file.content_type.contains("svg")) {
                weight += if loaded.insert(file.path) { file.brotli.map_or(0, <[u8]>::len) } else { 0 };
            }
        }
    }
    assert!(weight < FIRST_LOAD, "{weight} bytes in {} files: {loaded:?}", loaded.len());
}
