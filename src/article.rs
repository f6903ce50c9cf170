//! What we read: one article.

use crate::date::Date;

/// An article as it was read; the text is never rewritten.
///
/// # Example
/// ```
/// use geostance::Article;
/// let article = Article::new("wire-1", "Manila thanks Moscow\n\nThe Philippines thanked Russia.");
/// assert_eq!(article.title(), Some("Manila thanks Moscow"));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Article {
    /// Identifier of the document: a path, or what the input's `document` or `id` column says.
    pub document: String,
    /// The whole text, the title included.
    pub text: String,
    /// ISO 8601 date, where known.
    pub date: Option<String>,
    /// Outlet, where known.
    pub source: Option<String>,
}

impl Article {
    /// An article without date and source.
    pub fn new(document: impl Into<String>, text: impl Into<String>) -> Self {
        Article { document: document.into(), text: text.into(), ..Article::default() }
    }

    /// When it was written; `None` where that is unknown, or nothing that [`Date::of_row`] reads.
    pub fn written(&self) -> Option<Date> {
        self.date.as_deref().and_then(Date::of_row)
    }

    /// The first line that is not blank.
    pub fn title(&self) -> Option<&str> {
        self.text.lines().map(str::trim).find(|line| !line.is_empty())
    }
}
