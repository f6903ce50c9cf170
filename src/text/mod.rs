//! Where things are in a text; knows a `&str`, no article.

pub mod span;
