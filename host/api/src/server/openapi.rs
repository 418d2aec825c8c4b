//! The description of the API, made from the code that answers.

use std::sync::OnceLock;

use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::handlers;
use super::router::App;

/// Version of the API: the format of its documents, and a number that grows when paths or members are added.
pub const VERSION: &str = "1.0";

#[derive(OpenApi)]
#[openapi(info(
    title = "Flowswitch",
    version = "1.0",
    description = "What the daemon answers on its Unix socket. Every document begins with its format version; members may be \
                   added within one.",
    license(name = "Apache-2.0", identifier = "Apache-2.0"),
))]
struct Description;

/// All paths with what answers them.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(handlers::status))
        .routes(routes!(handlers::statistics))
        .routes(routes!(handlers::configuration))
        .routes(routes!(handlers::check))
        .routes(routes!(handlers::diff))
        .routes(routes!(handlers::apply))
        .routes(routes!(handlers::confirm))
        .routes(routes!(handlers::undo))
        .routes(routes!(handlers::set_server))
        .routes(routes!(handlers::set_router))
        .routes(routes!(handlers::flows))
        .routes(routes!(handlers::trace))
        .routes(routes!(handlers::events))
        .routes(routes!(handlers::openapi))
}

/// The description (OpenAPI 3.1), as the daemon gives it and as `host/api/openapi.json` holds it.
pub fn description() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| {
        let mut description = routes().to_openapi();
        description.info.version = VERSION.to_owned();
        // A document of strings and numbers always has a JSON form.
        let mut text = description.to_pretty_json().unwrap_or_default();
        text.push('\n');
        text
    })
}
