//! The page, the client library and the page of the HTTP interface: plain files, part of the program. `build/` made what is
//! served here: a name with a hash for each file beside its own, and its content in each coding.
//!
//! - [`coding`]: in which coding a client wants it
//! - [`headers`]: what goes with a file, above all the content security policy of pages

#[cfg(test)]
#[path = "../../build/bundle/mod.rs"]
mod bundle;
mod coding;
#[cfg(test)]
#[path = "../../build/comments.rs"]
mod comments;
mod headers;
#[cfg(test)]
#[path = "../../build/names.rs"]
mod names;
#[cfg(test)]
#[path = "../../build/references/mod.rs"]
mod references;
#[cfg(test)]
#[path = "../../build/source.rs"]
mod source;
#[cfg(test)]
mod tests;

use actix_web::guard::fn_guard;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderMap, IF_NONE_MATCH};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};

use coding::Coding;

include!(concat!(env!("OUT_DIR"), "/web/table.rs"));

/// Folders whose index is a page of its own, and the path at which it is served.
const PAGES: [(&str, &str); 5] = [
    ("/", "/index.html"),
    ("/admin", "/admin/index.html"),
    ("/admin/", "/admin/index.html"),
    ("/api/docs", "/api/docs/index.html"),
    ("/api/docs/", "/api/docs/index.html"),
];

/// What is there only when there is an operator.
const ADMIN: &str = "/admin";

/// A file, as `build/` left it. Its names inside are those with a hash.
struct File {
    /// Where it is served under its own name.
    path: &'static str,
    content_type: &'static str,
    /// A hash of the content.
    tag: &'static str,
    content: &'static [u8],
    brotli: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
}

impl File {
    /// The content in the best coding that the client takes, and the coding's name.
    fn content_for(&self, headers: &HeaderMap) -> (&'static [u8], Option<Coding>) {
        let offered = [(Coding::Brotli, self.brotli), (Coding::Gzip, self.gzip)];
        match coding::accepted(headers).into_iter().find_map(|accepted| {
            offered.iter().find(|(coding, content)| *coding == accepted && content.is_some())
        }) {
            Some((coding, Some(content))) => (content, Some(*coding)),
            _ => (self.content, None),
        }
    }
}

/// A file under one of its names.
struct Found {
    file: &'static File,
    /// The name bears the hash: what is there never changes.
    is_hashed: bool,
}

fn find(path: &str) -> Option<Found> {
    let path = PAGES.iter().find(|(page, _)| *page == path).map_or(path, |(_, file)| file);
    let place = PATHS.binary_search_by_key(&path, |(path, ..)| path).ok()?;
    let (_, index, is_hashed) = PATHS.get(place)?;
    Some(Found { file: FILES.get(*index)?, is_hashed: *is_hashed })
}

async fn answer(req: HttpRequest) -> HttpResponse {
    let Some(found) = find(req.path()) else { return HttpResponse::NotFound().finish() };
    let (content, coding) = found.file.content_for(req.headers());
    // The coding is part of the tag: who holds the other bytes has not got these.
    let tag = match coding {
        Some(coding) => format!("\"{}-{}\"", found.file.tag, coding.name()),
        None => format!("\"{}\"", found.file.tag),
    };
    let is_known = is_known(req.headers(), &tag);
    let mut answer = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    answer.insert_header((ETAG, tag));
    headers::describe(&mut answer, &found, req.headers());
    if is_known { answer.finish() } else { with_body(answer, found.file, content, coding) }
}

fn with_body(
    mut answer: HttpResponseBuilder,
    file: &File,
    content: &'static [u8],
    coding: Option<Coding>,
) -> HttpResponse {
    answer.insert_header((CONTENT_TYPE, file.content_type));
    if let Some(coding) = coding {
        answer.insert_header((CONTENT_ENCODING, coding.name()));
    }
    answer.body(content)
}

/// True when the client names this tag, as a weak one too (RFC 9110 §13.1.2).
fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let named = headers.get_all(IF_NONE_MATCH).filter_map(|tags| tags.to_str().ok());
    named
        .flat_map(|tags| tags.split(','))
        .map(str::trim)
        .any(|named| named == "*" || named.strip_prefix("W/").unwrap_or(named) == tag)
}

/// The routes of all files but the operator's and those below `/api`. Any other path is left to the routes that follow.
pub(crate) fn configure(cfg: &mut web::ServiceConfig) {
    serve(cfg, "/{path:.*}", |path| !path.starts_with(ADMIN));
}

/// The routes of the page that shows the OpenAPI document, relative to `/api`.
pub(crate) fn configure_docs(cfg: &mut web::ServiceConfig) {
    serve(cfg, "/docs{path:.*}", |_| true);
}

/// The routes of the operator's page.
pub(crate) fn configure_admin(cfg: &mut web::ServiceConfig) {
    serve(cfg, "/admin{path:.*}", |_| true);
}

fn serve(cfg: &mut web::ServiceConfig, pattern: &str, admits: fn(&str) -> bool) {
    let is_file = fn_guard(move |context| {
        let path = context.head().uri.path();
        admits(path) && find(path).is_some()
    });
    cfg.service(web::resource(pattern).guard(is_file).get(answer).head(answer));
}
