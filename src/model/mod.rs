//! Row → probabilities of the stances.

pub mod objective;
pub mod solver;
