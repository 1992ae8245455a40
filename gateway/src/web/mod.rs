//! The page at `/`: plain files, part of the program.

use std::sync::LazyLock;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use sha2::{Digest, Sha256};

/// A file of the page.
struct Asset {
    content_type: &'static str,
    content: &'static str,
    /// Of the content, so that a browser asks again at every visit and is sent only what is new.
    etag: String,
}

impl Asset {
    fn new(content_type: &'static str, content: &'static str) -> Self {
        let digest = hex::encode(Sha256::digest(content));
        Self { content_type, content, etag: format!("\"{}\"", &digest[..32]) }
    }

    fn answer(&self, req: &HttpRequest) -> HttpResponse {
        let known = req.headers().get(IF_NONE_MATCH).and_then(|tags| tags.to_str().ok());
        if known.is_some_and(|tags| tags.split(',').any(|tag| self.is(tag))) {
            return self.described(HttpResponse::NotModified()).finish();
        }
        self.described(HttpResponse::Ok()).insert_header((CONTENT_TYPE, self.content_type)).body(self.content)
    }

    fn described(&self, mut answer: HttpResponseBuilder) -> HttpResponseBuilder {
        answer.insert_header((ETAG, self.etag.as_str())).insert_header((CACHE_CONTROL, "no-cache"));
        answer
    }

    /// True for a tag that stands for this content, weak ones too (RFC 9110 §13.1.2).
    fn is(&self, tag: &str) -> bool {
        let tag = tag.trim();
        tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == self.etag
    }
}

macro_rules! asset {
    ($handler:ident, $content_type:literal, $file:literal) => {
        async fn $handler(req: HttpRequest) -> HttpResponse {
            static ASSET: LazyLock<Asset> = LazyLock::new(|| Asset::new($content_type, include_str!($file)));
            ASSET.answer(&req)
        }
    };
}

asset!(index, "text/html; charset=utf-8", "../../web/index.html");
asset!(app, "text/javascript; charset=utf-8", "../../web/app.js");
asset!(session, "text/javascript; charset=utf-8", "../../web/session.js");
asset!(socket, "text/javascript; charset=utf-8", "../../web/socket.js");
asset!(store, "text/javascript; charset=utf-8", "../../web/store.js");
asset!(view, "text/javascript; charset=utf-8", "../../web/view.js");
asset!(style, "text/css; charset=utf-8", "../../web/style.css");
asset!(icon, "image/svg+xml", "../../web/icon.svg");
asset!(docs, "text/html; charset=utf-8", "../../web/docs/index.html");
asset!(docs_script, "text/javascript; charset=utf-8", "../../web/docs/page.js");
asset!(docs_style, "text/css; charset=utf-8", "../../web/docs/page.css");

/// The routes of the page's files.
pub(crate) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/").get(index).head(index))
        .service(web::resource("/app.js").get(app).head(app))
        .service(web::resource("/session.js").get(session).head(session))
        .service(web::resource("/socket.js").get(socket).head(socket))
        .service(web::resource("/store.js").get(store).head(store))
        .service(web::resource("/view.js").get(view).head(view))
        .service(web::resource("/style.css").get(style).head(style))
        .service(web::resource("/icon.svg").get(icon).head(icon));
}

/// The routes of the page that shows the OpenAPI document, relative to `/api`.
pub(crate) fn configure_docs(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource(["/docs", "/docs/"]).get(docs).head(docs))
        .service(web::resource("/docs/page.js").get(docs_script).head(docs_script))
        .service(web::resource("/docs/page.css").get(docs_style).head(docs_style));
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;
    use actix_web::test::{TestRequest, call_service, init_service, read_body};
    use actix_web::{App, http::header::CONTENT_LENGTH};

    use super::*;

    #[actix_web::test]
    async fn the_files_have_their_types_and_are_sent_once() {
        let app = init_service(App::new().configure(configure).configure(configure_docs)).await;
        let files = [
            ("/", "text/html; charset=utf-8"),
            ("/app.js", "text/javascript; charset=utf-8"),
            ("/session.js", "text/javascript; charset=utf-8"),
            ("/socket.js", "text/javascript; charset=utf-8"),
            ("/store.js", "text/javascript; charset=utf-8"),
            ("/view.js", "text/javascript; charset=utf-8"),
            ("/style.css", "text/css; charset=utf-8"),
            ("/icon.svg", "image/svg+xml"),
            ("/docs", "text/html; charset=utf-8"),
            ("/docs/", "text/html; charset=utf-8"),
            ("/docs/page.js", "text/javascript; charset=utf-8"),
            ("/docs/page.css", "text/css; charset=utf-8"),
        ];
        for (path, content_type) in files {
            let answer = call_service(&app, TestRequest::get().uri(path).to_request()).await;
            assert_eq!(answer.headers().get(CONTENT_TYPE).unwrap(), content_type);
            let etag = answer.headers().get(ETAG).unwrap().clone();
            assert!(!read_body(answer).await.is_empty());
            let again = TestRequest::get().uri(path).insert_header((IF_NONE_MATCH, etag)).to_request();
            let answer = call_service(&app, again).await;
            assert_eq!(answer.status(), StatusCode::NOT_MODIFIED);
            assert!(answer.headers().get(CONTENT_LENGTH).is_none());
            assert!(read_body(answer).await.is_empty());
        }
    }

    #[test]
    fn the_pages_have_no_inline_script_or_style_and_need_no_other_host() {
        let pages = [include_str!("../../web/index.html"), include_str!("static/docs/index.html")];
        for forbidden in ["<script>", "<style", "style=", "onclick=", "onload=", "javascript:", "://"] {
            assert!(pages.iter().all(|page| !page.contains(forbidden)), "{forbidden}");
        }
        let scripts = [
            include_str!("../../web/app.js"),
            include_str!("../../web/session.js"),
            include_str!("../../web/socket.js"),
            include_str!("../../web/store.js"),
            include_str!("../../web/view.js"),
            include_str!("../../web/docs/page.js"),
        ];
        for forbidden in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("] {
            assert!(scripts.iter().all(|script| !script.contains(forbidden)), "{forbidden}");
        }
    }
}
