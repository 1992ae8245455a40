//! The OpenAPI document of `/api`, made from the handlers: `#[utoipa::path]` says what is a route's own, and the rules here add
//! what all routes share.

use std::sync::LazyLock;

use actix_web::web;
use actix_web::{HttpResponse, http::header::CACHE_CONTROL};
use protos::Reason;
use protos::ids::MAX_ID_BYTES;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    Components, Content, Header, HeaderBuilder, OpenApi as Document, Ref, RefOr, Required, Response,
};
use utoipa::{Modify, OpenApi};

use super::failure::FailureJson;
use super::{auth, blocks, conversations, friends, members, messages, sign_ins, users};

/// What an id looks like in a path or a body; what does not is no id of ours.
const ID_PATTERN: &str = "^[!-~]+$";

/// Every route stands here; a test compares the list with what is registered.
#[derive(OpenApi)]
#[openapi(
    info(title = "GoChat", description = "Instant messaging over HTTP; live events come over the WebSocket at /ws."),
    servers((url = "/api")),
    security(("bearer" = [])),
    paths(
        auth::register,
        auth::login,
        auth::guest,
        auth::refresh,
        auth::logout,
        sign_ins::list,
        sign_ins::end,
        sign_ins::change_password,
        users::profile,
        users::update_profile,
        users::search,
        users::online,
        blocks::list,
        blocks::block,
        blocks::unblock,
        friends::list,
        friends::requests,
        friends::ask,
        friends::answer,
        friends::remove,
        conversations::list,
        conversations::create,
        conversations::join_world,
        conversations::search,
        conversations::get,
        conversations::update,
        conversations::delete,
        conversations::leave,
        members::list,
        members::add,
        members::change,
        members::remove,
        messages::list,
        messages::send,
        messages::recall,
        messages::mark_as_read,
    ),
    components(schemas(FailureJson)),
    modifiers(&Bearer, &SharedByAll)
)]
struct ApiDocument;

/// The document as JSON text.
static DOCUMENT: LazyLock<String> = LazyLock::new(|| ApiDocument::openapi().to_json().unwrap_or_default());

/// The document's route, relative to `/api`.
pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/openapi.json").get(document));
}

async fn document() -> HttpResponse {
    let mut answer = HttpResponse::Ok();
    answer.insert_header((CACHE_CONTROL, "no-cache")).content_type("application/json").body(DOCUMENT.as_str())
}

/// How a caller says who they are.
struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut Document) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("The access token of a sign-in"))
            .build();
        let components = document.components.get_or_insert_with(Components::default);
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

/// What follows from a route's shape, so that no route has to say it: its path's ids, and the failures that any route of that
/// shape can answer.
struct SharedByAll;

impl Modify for SharedByAll {
    fn modify(&self, document: &mut Document) {
        if let Some(components) = &mut document.components {
            name_the_reasons(components);
        }
        for (path, item) in &mut document.paths.paths {
            for operation in operations(item) {
                name_by_resource(operation);
                add_path_ids(path, operation);
                add_failures(operation);
                give_failures_their_body(operation);
            }
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.post, &mut item.put, &mut item.delete].into_iter().flatten()
}

/// Lists every `code` that a failure may have.
fn name_the_reasons(components: &mut Components) {
    if let Some(RefOr::T(Schema::Object(failure))) = components.schemas.get_mut("Failure") {
        let reasons = Reason::ALL.iter().map(|reason| reason.as_str());
        let code = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(reasons));
        failure.properties.insert("code".to_owned(), code.into());
    }
}

/// Handlers of several resources may have one name; with the resource's before it, it is the operation's own.
fn name_by_resource(operation: &mut Operation) {
    if let (Some(name), Some([tag, ..])) = (&operation.operation_id, operation.tags.as_deref()) {
        operation.operation_id = Some(format!("{tag}.{name}"));
    }
}

/// Every `{name}` of a path is an id.
fn add_path_ids(path: &str, operation: &mut Operation) {
    let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let ids = names.map(|name| {
        let id = ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(1))
            .max_length(Some(MAX_ID_BYTES))
            .pattern(Some(ID_PATTERN));
        let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Path);
        RefOr::T(parameter.required(Required::True).schema(Some(id)).build())
    });
    let given = operation.parameters.take().unwrap_or_default();
    operation.parameters = Some(ids.chain(given).collect());
}

/// The failures of every route, of those for signed-in callers, of those that take parameters and of those that take a body.
fn add_failures(operation: &mut Operation) {
    let mut failures = vec![
        ("408", "TIMEOUT: the request did not arrive in time"),
        ("429", "RATE_LIMITED"),
        ("500", "INTERNAL_ERROR"),
        ("503", "SERVICE_UNAVAILABLE"),
        ("504", "TIMEOUT"),
    ];
    if operation.security.is_none() {
        failures.push(("401", "UNAUTHORIZED, INVALID_TOKEN, TOKEN_EXPIRED"));
        failures.push(("403", "USER_DISABLED"));
    }
    let has_body = operation.request_body.is_some();
    if has_body || operation.parameters.as_ref().is_some_and(|parameters| !parameters.is_empty()) {
        failures.push(("400", "INVALID_PARAMETER"));
    }
    if has_body {
        failures.push(("413", "MESSAGE_TOO_LARGE"));
        failures.push(("415", "INVALID_PARAMETER: the body must be application/json"));
    }
    for (status, reasons) in failures {
        let responses = &mut operation.responses.responses;
        let own = responses.entry(status.to_owned()).or_insert_with(|| RefOr::T(Response::default()));
        if let RefOr::T(response) = own {
            let separator = if response.description.is_empty() { "" } else { ", " };
            response.description.extend([separator, reasons]);
        }
    }
}

fn give_failures_their_body(operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        let is_failure = status.starts_with(['4', '5']);
        if is_failure && response.content.is_empty() {
            let failure = Content::new(Some(Ref::from_schema_name("Failure")));
            response.content.insert("application/json".to_owned(), RefOr::T(failure));
        }
        if response.description.is_empty() {
            response.description = "what was asked for".to_owned();
        }
        if status == "429" {
            response.headers.insert("retry-after".to_owned(), RefOr::T(retry_after()));
        }
    }
}

fn retry_after() -> Header {
    let seconds = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
        .minimum(Some(1));
    HeaderBuilder::new().schema(Some(seconds)).description(Some("seconds")).build()
}
