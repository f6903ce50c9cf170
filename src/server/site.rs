//! The page at `/`: one file with its script and style in it, which its policy names by their hashes.

use std::sync::OnceLock;

use axum::http::HeaderValue;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::body::packed;
use crate::io::packed::Packing;

const PAGE: &str = include_str!("../../web/index.html");

/// The page, plain and packed, and what a browser may do with it.
pub(super) struct Site {
    gzip: Bytes,
    zstd: Bytes,
    pub(super) policy: HeaderValue,
}

/// `'sha256-...'` of what stands between a tag and its end.
fn source(tag: &str) -> String {
    let inside =
        PAGE.split_once(&format!("<{tag}>")).and_then(|(_, rest)| rest.split_once(&format!("</{tag}>")));
    let hash = Sha256::digest(inside.map_or("", |(inside, _)| inside));
    format!("'sha256-{}'", BASE64_STANDARD.encode(hash))
}

impl Site {
    pub(super) fn get() -> &'static Site {
        static SITE: OnceLock<Site> = OnceLock::new();
        SITE.get_or_init(|| {
            let policy = format!(
                "default-src 'none'; script-src {}; style-src {}; connect-src 'self'; img-src data:; base-uri 'none'; \
                 form-action 'none'; frame-ancestors 'none'",
                source("script"),
                source("style")
            );
            let small = |packing| Bytes::from(packed(PAGE.into(), Some(packing)).0);
            Site {
                gzip: small(Packing::Gzip),
                zstd: small(Packing::Zstd),
                policy: HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'")),
            }
        })
    }

    /// The page as it is wanted.
    pub(super) fn packed(&self, packing: Option<Packing>) -> (Bytes, Option<&'static str>) {
        match packing {
            None => (Bytes::from_static(PAGE.as_bytes()), None),
            Some(Packing::Gzip) => (self.gzip.clone(), Some(Packing::Gzip.coding())),
            Some(Packing::Zstd) => (self.zstd.clone(), Some(Packing::Zstd.coding())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_one_style_and_one_script() {
        for tag in ["style", "script"] {
            assert_eq!(PAGE.matches(&format!("<{tag}")).count(), 1, "{tag}");
            assert!(PAGE.contains(&format!("<{tag}>")), "{tag}");
        }
        assert!(Site::get().policy.to_str().unwrap().contains("script-src 'sha256-"));
        assert!(PAGE.len() < 150_000, "{}", PAGE.len());
    }
}
