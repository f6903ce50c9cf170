//! HTTP over a [`Pipeline`](crate::Pipeline): an API, and a page on it.
//!
//! ```text
//! listen: connections, TLS → routes: who asks what → body: documents → answer: a job → work: threads → body: an answer
//! ```
//!
//! Threads that talk to clients do nothing else; texts are read on threads of their own, a little of each request in turn.

mod answer;
mod arrow;
mod body;
mod listen;
mod metrics;
mod models;
mod problem;
mod routes;
mod schema;
mod site;
mod token;
mod work;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::actor::gazetteer::Gazetteer;
use crate::feature::lexicon::Lexicon;
use crate::{Error, Location, Result};
use metrics::Metrics;
use models::Models;
use token::Tokens;
use work::Workers;

/// How a server is run.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where it listens; port 0: any that is free.
    pub listen: SocketAddr,
    /// Model file; the built-in model where there is none.
    pub model: Option<PathBuf>,
    /// File of tokens, one of which each request to the API must have.
    pub tokens: Option<PathBuf>,
    /// File of tokens that may also change the model.
    pub admin_tokens: Option<PathBuf>,
    /// Whether it may listen beyond this machine without tokens.
    pub no_auth: bool,
    /// Certificates and key, PEM.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// Threads that read texts.
    pub threads: usize,
    /// Most bytes of a body, unpacked.
    pub max_body: usize,
    /// Most documents of a request.
    pub max_documents: usize,
    /// Most requests that are worked on or wait; beyond them the answer is 429.
    pub max_requests: usize,
    /// Most connections; beyond them clients wait.
    pub max_connections: usize,
    /// Time for a request, from its head to its answer.
    pub request_timeout: Duration,
    /// Time for a body to come.
    pub body_timeout: Duration,
    /// Time for requests to end when the server stops.
    pub stop_timeout: Duration,
    /// Whether each request is logged.
    pub log: bool,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            model: None,
            tokens: None,
            admin_tokens: None,
            no_auth: false,
            tls: None,
            threads: 1,
            max_body: 16 << 20,
            max_documents: 10_000,
            max_requests: 64,
            max_connections: 1024,
            request_timeout: Duration::from_secs(30),
            body_timeout: Duration::from_secs(20),
            stop_timeout: Duration::from_secs(30),
            log: true,
        }
    }
}

/// So many bodies of the greatest size may be held at a time, or more of smaller ones.
const BODIES: usize = 32;

/// A server as all its requests see it.
struct Server {
    config: Config,
    models: Models,
    workers: Workers,
    metrics: Metrics,
    permits: Semaphore,
    /// Room for bodies, in kilobytes.
    room: Arc<Semaphore>,
    tokens: Tokens,
    admins: Tokens,
    description: Bytes,
    stopping: AtomicBool,
    started: u64,
    n_requests: AtomicU64,
}

impl Server {
    fn new(config: Config, gazetteer: Arc<Gazetteer>, lexicon: Arc<Lexicon>) -> Result<Server> {
        let tokens = Tokens::read(config.tokens.as_deref())?;
        if !config.listen.ip().is_loopback() && !tokens.are_asked_for() && !config.no_auth {
            let address = config.listen.ip();
            return Err(Error::Param(format!(
                "{address} can be reached from other machines: give tokens by `--token-file`, or say `--no-auth`"
            )));
        }
        let workers = Workers::new(config.threads)
            .map_err(|source| Error::Io { location: Location::default(), source })?;
        Ok(Server {
            models: Models::new(config.model.clone(), gazetteer, lexicon)?,
            workers,
            metrics: Metrics::new(),
            permits: Semaphore::new(config.max_requests),
            room: Arc::new(Semaphore::new(BODIES * (config.max_body / 1024 + 1))),
            description: routes::description(tokens.are_asked_for()).into(),
            tokens,
            admins: Tokens::read(config.admin_tokens.as_deref())?,
            stopping: AtomicBool::new(false),
            started: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |t| t.as_micros() as u64),
            n_requests: AtomicU64::new(0),
            config,
        })
    }

    fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// An id that no other request of this server has, nor one of its earlier lives.
    fn new_id(&self) -> String {
        format!("{:x}-{:x}", self.started, self.n_requests.fetch_add(1, Ordering::Relaxed))
    }

    /// Takes another model, and logs what came of it.
    fn renew(&self, bytes: Option<&[u8]>) -> Result<()> {
        match self.models.renew(bytes) {
            Ok(serving) => {
                log(
                    &json!({ "event": "model", "generation": serving.generation, "model": serving.identity }),
                );
                Ok(())
            }
            Err(e) => {
                log(&json!({ "event": "model refused", "why": e.to_string() }));
                Err(e)
            }
        }
    }
}

/// A line of the log, on stderr: an object of JSON with the time in front.
fn log(event: &Value) {
    use std::io::Write;
    let now = chrono::DateTime::from_timestamp_millis(
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |t| t.as_millis() as i64),
    );
    let time = now.map_or_else(String::new, |t| t.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string());
    let mut line = json!({ "time": time });
    if let (Value::Object(line), Value::Object(event)) = (&mut line, event) {
        line.extend(event.clone());
    }
    // a closed stderr is no reason to fail
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Serves until it is told to stop by SIGINT or SIGTERM, and then ends the requests under way. SIGHUP reads the model file
/// again. `ready` is told where the server listens.
///
/// # Errors
/// If the address cannot be listened on or may not be, or a model, a certificate or a file of tokens cannot be read.
pub fn serve(
    config: Config,
    gazetteer: Arc<Gazetteer>,
    lexicon: Arc<Lexicon>,
    ready: impl FnOnce(SocketAddr),
) -> Result<()> {
    let server = Arc::new(Server::new(config, gazetteer, lexicon)?);
    let failed = |source| Error::Io { location: Location::default(), source };
    let talking =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().map_err(failed)?;
    talking.block_on(listen::listen(server, ready))
}
