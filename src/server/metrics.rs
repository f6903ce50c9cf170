//! What the server counts, for Prometheus.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
}

/// Counters of one server.
pub(super) struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    seconds: Family<Route, Histogram>,
    rows: Counter,
    documents: Counter,
    under_way: Gauge,
    waiting: Gauge,
    generation: Gauge,
}

impl Metrics {
    pub(super) fn new() -> Metrics {
        let mut registry = Registry::with_prefix("geostance");
        let requests = Family::default();
        let histogram: fn() -> Histogram = || Histogram::new(exponential_buckets(0.0005, 2.0, 16));
        let seconds = Family::new_with_constructor(histogram);
        let (rows, documents) = (Counter::default(), Counter::default());
        let (under_way, waiting, generation) = (Gauge::default(), Gauge::default(), Gauge::default());
        registry.register("requests", "Requests answered, by route and status", requests.clone());
        registry.register(
            "request_seconds",
            "Time from the head of a request to its answer",
            seconds.clone(),
        );
        registry.register("rows", "Opinions answered", rows.clone());
        registry.register("documents", "Documents judged", documents.clone());
        registry.register("requests_under_way", "Requests that are worked on or wait", under_way.clone());
        registry.register("jobs_waiting", "Jobs that wait for a thread", waiting.clone());
        registry.register("model_generation", "Counted up by each new model", generation.clone());
        Metrics { registry, requests, seconds, rows, documents, under_way, waiting, generation }
    }

    pub(super) fn answered(&self, route: &str, status: u16, took: Duration) {
        self.requests.get_or_create(&Answered { route: route.to_owned(), status }).inc();
        self.seconds.get_or_create(&Route { route: route.to_owned() }).observe(took.as_secs_f64());
    }

    pub(super) fn judged(&self, documents: usize, rows: usize) {
        self.documents.inc_by(documents as u64);
        self.rows.inc_by(rows as u64);
    }

    /// The text that Prometheus reads.
    pub(super) fn text(&self, under_way: usize, waiting: usize, generation: u64) -> String {
        self.under_way.set(under_way as i64);
        self.waiting.set(waiting as i64);
        self.generation.set(generation as i64);
        let mut out = String::new();
        // a string takes all that is written to it
        let _ = prometheus_client::encoding::text::encode(&mut out, &self.registry);
        out
    }
}
