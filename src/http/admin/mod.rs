//! Administration, for operators: every route is on this page, each noun has a file. `docs/admin.md` describes them.

pub(super) mod agents;
pub(super) mod audit;
pub(super) mod channels;
pub(super) mod hub;
pub(super) mod items;
pub(super) mod sessions;

use std::sync::Arc;

use axum::{
    Router,
    routing::{delete, get, post},
};

use super::Edge;

/// The routes below `/admin`.
pub(super) fn router() -> Router<Arc<Edge>> {
    Router::new()
        .route("/admin/hub", get(hub::show))
        .route("/admin/history", get(hub::history))
        .route("/admin/agents", get(agents::list).post(agents::make))
        .route("/admin/agents/{name}", get(agents::show))
        .route("/admin/agents/{name}/disable", post(agents::disable))
        .route("/admin/agents/{name}/enable", post(agents::enable))
        .route("/admin/agents/{name}/rotate", post(agents::rotate))
        .route("/admin/agents/{name}/role", post(agents::set_role))
        .route("/admin/sessions", get(sessions::list))
        .route("/admin/sessions/{session}", delete(sessions::cut))
        .route("/admin/channels", get(channels::list))
        .route("/admin/channels/{name}/disable", post(channels::disable))
        .route("/admin/channels/{name}/enable", post(channels::enable))
        .route("/admin/items", get(items::list))
        .route("/admin/items/{item}", get(items::show))
        .route("/admin/audit", get(audit::search))
        .route("/admin/audit.csv", get(audit::export))
}
