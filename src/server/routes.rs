//! What is asked at which path.

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{MatchedPath, Query, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

use super::answer::{Answer, Asked, Explain, Predict, actor_body};
use super::body::{self, Wanted};
use super::problem::{BodyRefused, FieldProblem, JobRefused, Problem, Refused};
use super::schema::{
    ActorBody, ActorsBody, Binary, ByStance, Document, DocumentBody, Documents, DocumentsBody, ExplainBody,
    ExplainRequest, FeatureBody, HealthBody, MentionBody, ModelBody, OpinionBody, PredictBody, PredictQuery,
    PredictRequest, WordBody,
};
use super::site::Site;
use super::work::Job;
use super::{Server, log};

type Shared = Arc<Server>;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "geostance",
        description = "Reads news and says who stands where: the actors in a text, and the stance of each holder \
                       toward each target."
    ),
    paths(predict, explain, actors, model, renew, healthz, readyz, metrics),
    components(schemas(
        PredictRequest,
        Document,
        Documents,
        PredictBody,
        DocumentsBody,
        DocumentBody,
        OpinionBody,
        MentionBody,
        ActorBody,
        ExplainRequest,
        ExplainBody,
        ByStance,
        WordBody,
        FeatureBody,
        ActorsBody,
        ModelBody,
        HealthBody,
        Problem,
        FieldProblem
    ))
)]
struct Api;

/// The OpenAPI description, as JSON.
pub(super) fn description(with_tokens: bool) -> Vec<u8> {
    let mut api = Api::openapi();
    if with_tokens {
        let bearer = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
        api.components.get_or_insert_default().add_security_scheme("token", bearer);
        api.security =
            Some(vec![utoipa::openapi::security::SecurityRequirement::new::<_, _, String>("token", [])]);
    }
    api.to_json().map(String::into_bytes).unwrap_or_default()
}

/// All routes.
pub(super) fn router(server: Shared) -> Router {
    let api = Router::new()
        .route("/v1/predict", post(predict))
        .route("/v1/explain", post(explain))
        .route("/v1/actors", get(actors))
        .route("/v1/model", get(model).post(renew))
        .route("/metrics", get(metrics))
        .route_layer(from_fn_with_state(server.clone(), with_token));
    let open = Router::new()
        .route("/", get(page))
        .route("/openapi.json", get(openapi))
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz));
    let nothing = || async { Problem::new(StatusCode::NOT_FOUND, "nothing is here; see /openapi.json") };
    let not_so = || async {
        Problem::new(StatusCode::METHOD_NOT_ALLOWED, "see /openapi.json for what can be asked here")
    };
    api.merge(open)
        .fallback(nothing)
        .method_not_allowed_fallback(not_so)
        .layer(from_fn_with_state(server.clone(), observed))
        .with_state(server)
}

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The client's own id of a request where it is a plain word, else a new one.
fn request_id(server: &Server, headers: &HeaderMap) -> String {
    let given = headers.get(&REQUEST_ID).and_then(|value| value.to_str().ok());
    let plain = |id: &&str| {
        (1..=64).contains(&id.len())
            && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
    };
    given.filter(plain).map_or_else(|| server.new_id(), str::to_owned)
}

/// Counts and logs each request, and gives each answer the headers that all have.
async fn observed(State(server): State<Shared>, request: Request, next: Next) -> Response {
    let begin = Instant::now();
    let id = request_id(&server, request.headers());
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("other", MatchedPath::as_str).to_owned();
    let mut response = next.run(request).await;
    let took = begin.elapsed();
    let status = response.status().as_u16();
    server.metrics.answered(&route, status, took);
    if server.config.log {
        log(&json!({
            "id": id, "method": method.as_str(), "route": route, "status": status,
            "ms": (took.as_secs_f64() * 10_000.0).round() / 10.0,
        }));
    }
    let headers = response.headers_mut();
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    let nothing = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(nothing);
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(&REQUEST_ID, id);
    }
    response
}

/// Lets only those pass who have a token, where tokens are asked for.
async fn with_token(State(server): State<Shared>, request: Request, next: Next) -> Response {
    if server.tokens.admit(request.headers()) || server.admins.admits_none_but(request.headers()) {
        return next.run(request).await;
    }
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "expected `Authorization: Bearer TOKEN` with a token that is known",
    )
    .into_response()
}

/// Reads the body of a request, no longer and no slower than is allowed.
async fn read(
    server: &Server,
    headers: &HeaderMap,
    mut body: Body,
) -> Result<(Bytes, OwnedSemaphorePermit), Problem> {
    let limit = server.config.max_body;
    let length = headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|n| n > limit) {
        return Err(body::too_large(limit));
    }
    // a body that does not say how long it is may become as long as any
    let kilobytes = length.unwrap_or(limit) / 1024 + 1;
    let room = server.room.clone().try_acquire_many_owned(kilobytes as u32).map_err(|_| {
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "the bodies under way take all the room there is")
            .retry_after(1)
    })?;
    let collect = async {
        let mut out = BytesMut::with_capacity(length.unwrap_or(0));
        while let Some(frame) = body.frame().await {
            let frame = frame
                .map_err(|e| Problem::new(StatusCode::BAD_REQUEST, format!("the body broke off: {e}")))?;
            if let Some(data) = frame.data_ref() {
                if out.len() + data.len() > limit {
                    return Err(body::too_large(limit));
                }
                out.extend_from_slice(data);
            }
        }
        Ok(out.freeze())
    };
    let slow = |_| Problem::new(StatusCode::REQUEST_TIMEOUT, "the body came too slowly");
    let bytes = tokio::time::timeout(server.config.body_timeout, collect).await.map_err(slow)??;
    Ok((bytes, room))
}

/// What a request came with, its body read.
async fn asked(server: &Server, headers: &HeaderMap, body: Body) -> Result<Asked, Problem> {
    let until = Instant::now() + server.config.request_timeout;
    let packing = body::packing(headers)?;
    let (bytes, room) = read(server, headers, body).await?;
    Ok(Asked {
        bytes,
        _room: room,
        packing,
        packing_wanted: body::packing_wanted(headers),
        limit: server.config.max_body,
        until,
        serving: server.models.now(),
    })
}

/// Puts a job where it is done, unless too many are under way, and waits for its answer.
async fn done(
    server: &Server,
    job: impl FnOnce(oneshot::Sender<Result<Answer, Problem>>) -> Box<dyn Job>,
) -> Response {
    let Ok(_permit) = server.permits.try_acquire() else {
        let n = server.config.max_requests;
        let detail = format!("{n} requests are under way, which is as many as are taken");
        return Problem::new(StatusCode::TOO_MANY_REQUESTS, detail).retry_after(1).into_response();
    };
    let (told, answer) = oneshot::channel();
    server.workers.put(job(told));
    match answer.await {
        Ok(Ok(answer)) => {
            server.metrics.judged(answer.n_documents, answer.n_rows);
            let mut response = ([(header::CONTENT_TYPE, answer.media_type)], answer.body).into_response();
            let headers = response.headers_mut();
            headers.insert(header::VARY, HeaderValue::from_static("accept, accept-encoding"));
            if let Some(coding) = answer.coding {
                headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
            }
            response
        }
        Ok(Err(problem)) => problem.into_response(),
        Err(_) => {
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the server stops").retry_after(1).into_response()
        }
    }
}

/// Opinions of one document or many.
///
/// Bodies of JSONL and Arrow hold a document in each row, with the columns of `geostance predict`; answers in JSONL, CSV and
/// Arrow hold an opinion in each row.
#[utoipa::path(
    post, path = "/v1/predict", params(PredictQuery),
    request_body(content(
        (PredictRequest = "application/json"), (String = "application/x-ndjson"),
        (Binary = "application/vnd.apache.arrow.stream")
    )),
    responses(
        (status = 200, description = "Every judged pair", content(
            (PredictBody = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"),
            (Binary = "application/vnd.apache.arrow.stream")
        )),
        Refused, BodyRefused, JobRefused
    )
)]
async fn predict(
    State(server): State<Shared>,
    query: Result<Query<PredictQuery>, QueryRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let Query(query) = query.map_err(|e| Problem::field("query", e.body_text()))?;
    if !(0.0..=1.0).contains(&query.min_confidence) {
        return Err(Problem::field("min_confidence", "expected a number from 0 to 1"));
    }
    let (written, wanted) = (body::written(&headers)?, body::wanted(&headers)?);
    let asked = asked(&server, &headers, body).await?;
    let most = server.config.max_documents;
    Ok(done(&server, |told| Box::new(Predict::new(asked, written, wanted, query, most, told))).await)
}

/// Which words carried an opinion.
#[utoipa::path(
    post, path = "/v1/explain", request_body(content((ExplainRequest = "application/json"))),
    responses(
        (status = 200, description = "Words and features with what they add", body = ExplainBody),
        Refused, BodyRefused, JobRefused
    )
)]
async fn explain(State(server): State<Shared>, headers: HeaderMap, body: Body) -> Result<Response, Problem> {
    if body::written(&headers)? != body::Written::Json {
        let detail = format!("the Content-Type must be {}", body::JSON);
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
    }
    only_json(&headers)?;
    let asked = asked(&server, &headers, body).await?;
    Ok(done(&server, |told| Box::new(Explain::new(asked, told))).await)
}

/// Refuses a client that takes no JSON.
fn only_json(headers: &HeaderMap) -> Result<(), Problem> {
    match body::wanted(headers)? {
        Wanted::Json => Ok(()),
        _ => Err(Problem::new(StatusCode::NOT_ACCEPTABLE, format!("Accept must name {}", body::JSON))),
    }
}

fn as_json(value: &impl serde::Serialize) -> Response {
    ([(header::CONTENT_TYPE, body::JSON)], serde_json::to_vec(value).unwrap_or_default()).into_response()
}

/// All actors that are known.
#[utoipa::path(get, path = "/v1/actors", responses(
    (status = 200, description = "The gazetteer", body = ActorsBody),
    Refused
))]
async fn actors(State(server): State<Shared>) -> Response {
    let serving = server.models.now();
    let actors = serving.model.pipeline.gazetteer().actors().iter().map(actor_body).collect();
    as_json(&ActorsBody { actors })
}

fn model_body(server: &Server) -> ModelBody {
    let serving = server.models.now();
    ModelBody {
        geostance: env!("CARGO_PKG_VERSION"),
        generation: serving.generation,
        model: serving.identity.clone(),
        card: serde_json::to_value(&serving.model.card).unwrap_or_default(),
    }
}

/// The model that answers.
#[utoipa::path(get, path = "/v1/model", responses(
    (status = 200, description = "Its card", body = ModelBody),
    Refused
))]
async fn model(State(server): State<Shared>) -> Response {
    as_json(&model_body(&server))
}

/// Puts another model in the place of the one that answers: the bytes of a model file, or, without a body, the server's own
/// model file read again. Needs a token of an administrator. A damaged model changes nothing.
#[utoipa::path(
    post, path = "/v1/model", request_body(content((Binary = "application/octet-stream"))),
    responses(
        (status = 200, description = "The new model's card", body = ModelBody), Refused, BodyRefused,
        (status = 403, description = "No token of an administrator", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "No model, or a damaged one", body = Problem, content_type = "application/problem+json")
    )
)]
async fn renew(State(server): State<Shared>, headers: HeaderMap, body: Body) -> Result<Response, Problem> {
    if !server.admins.admits_none_but(&headers) {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "expected a token of an administrator (`--admin-token-file`)",
        ));
    }
    let (bytes, _room) = read(&server, &headers, body).await?;
    let worker = server.clone();
    let renewed =
        tokio::task::spawn_blocking(move || worker.renew(Some(&bytes[..]).filter(|b| !b.is_empty()))).await;
    match renewed {
        Ok(Ok(())) => Ok(as_json(&model_body(&server))),
        Ok(Err(e)) => Err(Problem::field("body", e.to_string())),
        Err(_) => {
            Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "something broke while the model was read"))
        }
    }
}

/// Whether the server lives.
#[utoipa::path(get, path = "/healthz", security(()), responses((status = 200, description = "It does", body = HealthBody)))]
async fn healthz() -> Response {
    as_json(&HealthBody { status: "ok" })
}

/// Whether the server takes requests.
#[utoipa::path(get, path = "/readyz", security(()), responses(
    (status = 200, description = "It does", body = HealthBody),
    (status = 503, description = "It stops", body = Problem, content_type = "application/problem+json")
))]
async fn readyz(State(server): State<Shared>) -> Response {
    match server.is_stopping() {
        false => as_json(&HealthBody { status: "ok" }),
        true => Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the server stops").into_response(),
    }
}

/// What the server counts, as Prometheus reads it.
#[utoipa::path(get, path = "/metrics", responses(
    (status = 200, description = "Counters", body = String, content_type = "application/openmetrics-text"),
    Refused
))]
async fn metrics(State(server): State<Shared>) -> Response {
    let under_way = server.config.max_requests - server.permits.available_permits();
    let text = server.metrics.text(under_way, server.workers.n_waiting(), server.models.now().generation);
    let media_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, media_type)], text).into_response()
}

async fn openapi(State(server): State<Shared>) -> Response {
    ([(header::CONTENT_TYPE, body::JSON)], server.description.clone()).into_response()
}

async fn page(headers: HeaderMap) -> Response {
    let site = Site::get();
    let (bytes, coding) = site.packed(body::packing_wanted(&headers));
    let mut response = ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], bytes).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::CONTENT_SECURITY_POLICY, site.policy.clone());
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(coding) = coding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    response
}
