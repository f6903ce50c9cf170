//! geostance reads news and says *who stands where*.
//!
//! Text goes in at one end, opinions come out at the other:
//!
//! ```text
//! Article → Sentence → Mention → Candidate → FeatureMatrix → StanceModel → Opinion → Summary
//! ```
//!
//! The modules stand in reading order: each may use those above it, none below.

pub mod error;
pub mod fingerprint;
pub mod stance;
pub mod date;
pub mod text;
pub mod article;
pub mod actor;
pub mod corpus;
pub mod feature;
pub mod model;
pub mod opinion;
pub mod pipeline;
pub mod train;
pub mod audit;
pub mod explain;
pub mod evaluate;
pub mod io;
pub mod report;
#[cfg(feature = "server")]
pub mod server;

pub use actor::{Actor, ActorIndex, ActorKind};
pub use article::Article;
pub use date::Date;
pub use error::{Error, Location, Result};
pub use feature::matrix::FeatureMatrix;
pub use model::StanceModel;
pub use pipeline::Pipeline;
pub use stance::{Stance, Tone};
pub use text::span::Span;
