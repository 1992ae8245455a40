//! `GET /ws`, up to the upgrade: where the page comes from, and whose token it is.

use actix_web::http::header::{AUTHORIZATION, HeaderMap, SEC_WEBSOCKET_PROTOCOL, USER_AGENT};
use actix_web::web::{self, Data, Query};
use actix_web::{HttpRequest, HttpResponse};
use protos::model::limits::CLIENT_INFO_MAX_BYTES;
use protos::{Error, Reason, Result};
use serde::Deserialize;

use super::{Sessions, actor};
use crate::http::{AppState, Failure};
use crate::limits::ClientAddress;

/// The subprotocol that carries a token, for browsers, which cannot set headers here.
const TOKEN_SUBPROTOCOL: &str = "bearer.";

/// The route. The application that takes it also holds an [`AppState`] and [`Sessions`] as `web::Data`.
pub(crate) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/ws").get(upgrade));
}

async fn upgrade(
    request: HttpRequest,
    payload: web::Payload,
    state: Data<AppState>,
    sessions: Data<Sessions>,
    from: ClientAddress,
) -> Result<HttpResponse, Failure> {
    if !state.origins.admit(request.headers()) {
        return Err(Error::new(Reason::Forbidden, "pages of this origin may not connect").into());
    }
    let token = token(request.headers(), request.query_string())
        .ok_or_else(|| Error::new(Reason::Unauthorized, "an access token is needed"))?;
    if !sessions.readiness.takes_sockets() {
        return Err(Error::unavailable("this gateway takes no sockets at present").into());
    }
    let place = sessions.limits.socket(from)?;
    let who = sessions.logic.validate_token(&token).await?;
    actor::start(sessions, who, client_info(request.headers()), place, &request, payload)
        .map_err(|error| actor::not_a_handshake(&error).into())
}

#[derive(Deserialize)]
struct TokenQuery {
    token: String,
}

/// The token, from where it is preferred: the header, a subprotocol, the query (old clients; it is never logged).
fn token(headers: &HeaderMap, query: &str) -> Option<String> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let bearer = text(AUTHORIZATION).and_then(|value| value.split_once(' '));
    let from_header =
        bearer.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token);
    let offered = headers.get_all(SEC_WEBSOCKET_PROTOCOL).filter_map(|value| value.to_str().ok());
    let from_protocol = || {
        offered.flat_map(|list| list.split(',')).find_map(|name| name.trim().strip_prefix(TOKEN_SUBPROTOCOL))
    };
    let from_query = || Query::<TokenQuery>::from_query(query).ok().map(|query| query.into_inner().token);
    let given = from_header.or_else(from_protocol).map(|token| token.trim().to_owned()).or_else(from_query);
    given.filter(|token| !token.is_empty())
}

/// What the client says it is, cut to the length that is kept.
fn client_info(headers: &HeaderMap) -> String {
    let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    // A header that reads as text is ASCII, so every byte is a character.
    agent.get(..CLIENT_INFO_MAX_BYTES).unwrap_or(agent).to_owned()
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn found(headers: &[(HeaderName, &'static str)], query: &str) -> Option<String> {
        let map = headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value)));
        let mut headers = HeaderMap::new();
        map.for_each(|(name, value)| headers.append(name, value));
        token(&headers, query)
    }

    #[test]
    fn the_header_comes_before_the_subprotocol_and_that_before_the_query() {
        let header = (AUTHORIZATION, "Bearer from-header");
        let protocol = (SEC_WEBSOCKET_PROTOCOL, "gochat.v1, bearer.from-protocol");
        let query = "x=1&token=from-query";
        assert_eq!(found(&[header, protocol.clone()], query).as_deref(), Some("from-header"));
        assert_eq!(found(&[protocol], query).as_deref(), Some("from-protocol"));
        assert_eq!(found(&[], query).as_deref(), Some("from-query"));
        let separate = [(SEC_WEBSOCKET_PROTOCOL, "gochat.v1"), (SEC_WEBSOCKET_PROTOCOL, "bearer.t")];
        assert_eq!(found(&separate, "").as_deref(), Some("t"));
    }

    #[test]
    fn no_token_is_found_where_there_is_none() {
        assert_eq!(found(&[], ""), None);
        assert_eq!(found(&[(AUTHORIZATION, "Basic abc")], "token="), None);
        assert_eq!(found(&[(SEC_WEBSOCKET_PROTOCOL, "gochat.v1, bearer.")], ""), None);
    }
}
