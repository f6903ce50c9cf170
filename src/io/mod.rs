//! The only place that opens files; one file per thing.

pub mod gazetteer;
