//! Objective → minimum; knows no stance and no linfa.

pub mod ftrl;
pub mod newton;
