//! geostance reads news and says *who stands where*.
//!
//! Text goes in at one end, opinions come out at the other:
//!
//! ```text
//! Article → Sentence → Mention → Candidate → FeatureMatrix → StanceModel → Opinion → Summary
//! ```

pub mod actor;
pub mod article;
pub mod corpus;
pub mod error;
pub mod feature;
mod fingerprint;
pub mod io;
pub mod model;
pub mod opinion;
pub mod stance;
pub mod text;
pub mod train;

pub use actor::{Actor, ActorIndex, ActorKind};
pub use article::Article;
pub use error::{Error, Location, Result};
pub use feature::matrix::FeatureMatrix;
pub use model::StanceModel;
pub use stance::{Stance, Tone};
pub use text::span::Span;
