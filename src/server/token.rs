//! Who may ask: bearer tokens, compared in constant time.

use std::path::Path;

use axum::http::{HeaderMap, header};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::io::read_text;
use crate::{Error, Location, Result};

/// Tokens that are known, as their hashes.
pub(super) struct Tokens(Option<Vec<[u8; 32]>>);

/// A shorter token could be guessed.
const SHORTEST: usize = 16;
/// Bytes of a file of tokens.
const LARGEST: u64 = 1 << 20;

impl Tokens {
    /// Reads a token from each line of a file; blank lines and those that begin with `#` are passed over. Without a file
    /// no token is asked for.
    pub(super) fn read(path: Option<&Path>) -> Result<Tokens> {
        let Some(path) = path else { return Ok(Tokens(None)) };
        let text = read_text(path, LARGEST)?;
        let mut hashes = Vec::new();
        for (i, line) in text.lines().enumerate() {
            let token = line.trim();
            if token.is_empty() || token.starts_with('#') {
                continue;
            }
            if token.len() < SHORTEST || !token.bytes().all(|b| b.is_ascii_graphic()) {
                let at = Location::file(path).line(i as u64 + 1);
                let message = format!(
                    "expected a token of {SHORTEST} or more letters, digits and marks, without spaces"
                );
                return Err(Error::row(at, message));
            }
            hashes.push(Sha256::digest(token).into());
        }
        if hashes.is_empty() {
            return Err(Error::row(Location::file(path), "holds no token"));
        }
        Ok(Tokens(Some(hashes)))
    }

    /// Whether tokens are asked for.
    pub(super) fn are_asked_for(&self) -> bool {
        self.0.is_some()
    }

    /// Whether a request may pass: with a token that is known, or any where none is asked for.
    pub(super) fn admit(&self, headers: &HeaderMap) -> bool {
        !self.are_asked_for() || self.admits_none_but(headers)
    }

    /// Whether a request has a token that is known.
    pub(super) fn admits_none_but(&self, headers: &HeaderMap) -> bool {
        let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let Some((scheme, token)) = given.and_then(|value| value.split_once(' ')) else { return false };
        if !scheme.eq_ignore_ascii_case("bearer") {
            return false;
        }
        let hash: [u8; 32] = Sha256::digest(token.trim()).into();
        // all are looked at, wherever the first that fits stands
        let known =
            self.0.iter().flatten().fold(subtle::Choice::from(0), |known, one| known | one.ct_eq(&hash));
        known.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn only_a_known_token_passes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens");
        std::fs::write(&path, "# ours\n\n0123456789abcdef\nfedcba9876543210\n").unwrap();
        let tokens = Tokens::read(Some(&path)).unwrap();
        let with = |value: &'static str| {
            HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static(value))])
        };
        assert!(
            tokens.admit(&with("Bearer fedcba9876543210")) && tokens.admit(&with("bearer  0123456789abcdef"))
        );
        assert!(
            !tokens.admit(&with("Bearer 0123456789abcde")) && !tokens.admit(&with("Basic 0123456789abcdef"))
        );
        assert!(!tokens.admit(&HeaderMap::new()));
        let open = Tokens::read(None).unwrap();
        assert!(open.admit(&HeaderMap::new()) && !open.admits_none_but(&with("Bearer 0123456789abcdef")));
        std::fs::write(&path, "short\n").unwrap();
        assert!(Tokens::read(Some(&path)).err().unwrap().to_string().contains(":1: expected a token of 16"));
        std::fs::write(&path, "# none\n").unwrap();
        assert!(Tokens::read(Some(&path)).is_err());
    }
}
