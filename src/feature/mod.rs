//! Candidate → sparse row.

pub mod matrix;
