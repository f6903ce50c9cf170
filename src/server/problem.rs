//! What went wrong, as the client is told it: RFC 9457 problem documents.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::{IntoResponses, ToSchema};

/// A problem document (RFC 9457).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// Kind of problem; `about:blank`: the status says all.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The status in words.
    pub title: &'static str,
    /// The status.
    pub status: u16,
    /// What happened here, and what would be right.
    pub detail: String,
    /// The fields that are wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
    /// Documents that were done before time ran out, as `/v1/predict` would have answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Object>>)]
    pub documents: Option<Box<serde_json::value::RawValue>>,
    /// Seconds to wait before another try.
    #[serde(skip)]
    pub retry_after: Option<u32>,
}

/// A field that is wrong.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FieldProblem {
    /// Which, as a path in the body, or a line or row of it.
    pub field: String,
    /// What is wrong with it.
    pub detail: String,
}

impl Problem {
    /// A problem of this status.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Problem {
        Problem {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Problem"),
            status: status.as_u16(),
            detail: detail.into(),
            errors: Vec::new(),
            documents: None,
            retry_after: None,
        }
    }

    /// A body that says something that cannot be done.
    pub fn fields(errors: Vec<FieldProblem>) -> Problem {
        let detail = match &errors[..] {
            [one] => format!("{}: {}", one.field, one.detail),
            many => format!("{} fields are wrong", many.len()),
        };
        Problem { errors, ..Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail) }
    }

    /// One field that is wrong.
    pub fn field(field: impl Into<String>, detail: impl Into<String>) -> Problem {
        Problem::fields(vec![FieldProblem { field: field.into(), detail: detail.into() }])
    }

    /// The same, to be tried again after some seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Problem {
        self.retry_after = Some(seconds);
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response =
            (status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// Refusals of all that asks for a token.
#[expect(dead_code, reason = "it is described")]
#[derive(IntoResponses)]
pub(super) enum Refused {
    /// No token, or none that is known
    #[response(status = 401, content_type = "application/problem+json")]
    Unknown(Problem),
}

/// Refusals of all that takes a body.
#[expect(dead_code, reason = "it is described")]
#[derive(IntoResponses)]
pub(super) enum BodyRefused {
    /// A body that is damaged, broke off or is not what it says
    #[response(status = 400, content_type = "application/problem+json")]
    Damaged(Problem),
    /// The body came too slowly
    #[response(status = 408, content_type = "application/problem+json")]
    Slow(Problem),
    /// The body is too large
    #[response(status = 413, content_type = "application/problem+json")]
    Large(Problem),
    /// Too many requests are under way, or their bodies take all the room
    #[response(status = 429, content_type = "application/problem+json")]
    Many(Problem),
    /// Something broke
    #[response(status = 500, content_type = "application/problem+json")]
    Broken(Problem),
}

/// Refusals of all that is worked on.
#[expect(dead_code, reason = "it is described")]
#[derive(IntoResponses)]
pub(super) enum JobRefused {
    /// No form that can be written
    #[response(status = 406, content_type = "application/problem+json")]
    Wanted(Problem),
    /// No form that can be read
    #[response(status = 415, content_type = "application/problem+json")]
    Written(Problem),
    /// Fields are wrong; each is named
    #[response(status = 422, content_type = "application/problem+json")]
    Fields(Problem),
    /// Time ran out, and what was done is given; or the server stops
    #[response(status = 503, content_type = "application/problem+json")]
    Late(Problem),
}
