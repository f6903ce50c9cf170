//! Where things are in a text; knows a `&str`, no article.

pub mod span;

pub mod language;
pub(crate) mod letter;
pub(crate) mod paragraph;
pub mod quote;
pub mod sentence;
pub mod token;
pub(crate) mod voice;
pub(crate) mod word_list;
