//! `GET /client/…`: the JavaScript client, for pages of this hub's own origin. The files are part of the binary.

use axum::{
    extract::Path,
    http::header,
    response::{IntoResponse, Response},
};
use rust_embed::RustEmbed;

use crate::error::{Error, ErrorCode, Result};

#[derive(Debug, RustEmbed)]
#[folder = "clients/javascript/src/"]
#[include = "*.js"]
struct Client;

/// One file of the client.
pub(super) async fn file(Path(path): Path<String>) -> Result<Response> {
    let file = Client::get(&path).ok_or_else(|| Error::of(ErrorCode::NotFound))?;
    Ok(([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], file.data).into_response())
}
