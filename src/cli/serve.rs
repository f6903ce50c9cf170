//! `serve`: an HTTP API and a page on it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use geostance::feature::lexicon::Lexicon;
use geostance::server::{Config, serve};

use super::{ModelArgs, Outcome, parse_count, parse_size, say};

/// Serves an HTTP API, described at /openapi.json, and a page to paste an article into.
///
/// It answers this machine only, unless told to listen elsewhere. Nothing of a text is ever logged.
#[derive(Args)]
#[command(after_help = "Examples:
  geostance serve                                       then open http://127.0.0.1:8080
  geostance serve --model my.model --listen 0.0.0.0:80 --token-file tokens
  curl -s localhost:8080/v1/predict -H 'content-type: application/json' -d '{\"text\":\"Manila thanked Moscow.\"}'

Signals: SIGHUP reads the model file again; SIGTERM and SIGINT end the requests under way, then the server.")]
pub(crate) struct ServeArgs {
    /// Where to listen; port 0: any that is free
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// File of tokens, one a line: the API answers only requests with one of them (`Authorization: Bearer ...`)
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// File of tokens that may also change the model (POST /v1/model)
    #[arg(long, value_name = "FILE")]
    admin_token_file: Option<PathBuf>,
    /// Listen beyond this machine without asking for tokens
    #[arg(long)]
    no_auth: bool,
    /// Certificates, PEM: the server then speaks TLS
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Private key of the certificate, PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Most bytes of a body, unpacked; beyond: 413
    #[arg(long, value_name = "SIZE", default_value = "16M", value_parser = parse_size)]
    max_body: usize,
    /// Most documents of a request
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = parse_count)]
    max_documents: usize,
    /// Most requests that are worked on or wait; beyond: 429
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = parse_count)]
    max_requests: usize,
    /// Most connections; beyond them clients wait
    #[arg(long, value_name = "N", default_value_t = 1024, value_parser = parse_count)]
    max_connections: usize,
    /// Seconds for a request; beyond: 503 with what was done
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    request_timeout: u64,
    /// Seconds for a body to come; beyond: 408
    #[arg(long, value_name = "SECONDS", default_value_t = 20)]
    body_timeout: u64,
    /// Seconds for requests to end when the server stops
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    stop_timeout: u64,
    /// Log no requests, only starts, stops and models
    #[arg(long)]
    quiet: bool,
    #[command(flatten)]
    model: ModelArgs,
}

impl ServeArgs {
    pub(crate) fn run(self, threads: usize) -> anyhow::Result<Outcome> {
        let scheme = if self.tls_cert.is_some() { "https" } else { "http" };
        let config = Config {
            listen: self.listen,
            model: self.model.model.clone(),
            tokens: self.token_file,
            admin_tokens: self.admin_token_file,
            no_auth: self.no_auth,
            tls: self.tls_cert.zip(self.tls_key),
            threads,
            max_body: self.max_body,
            max_documents: self.max_documents,
            max_requests: self.max_requests,
            max_connections: self.max_connections,
            request_timeout: Duration::from_secs(self.request_timeout),
            body_timeout: Duration::from_secs(self.body_timeout),
            stop_timeout: Duration::from_secs(self.stop_timeout),
            log: !self.quiet,
        };
        let gazetteer = self.model.actors.load()?;
        serve(config, gazetteer, Arc::new(Lexicon::built_in()), |address| {
            say(format!("geostance serves at {scheme}://{address}"));
        })?;
        Ok(Outcome::Done)
    }
}
