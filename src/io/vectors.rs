//! Vectors of words from a file: a word and its numbers a line, the commonest word first, as GloVe is published.

use std::io::BufRead;
use std::path::Path;

use super::open;
use crate::model::vectors::WordVectors;
use crate::{Error, Location, Result};

/// So many words are read, the commonest; rarer ones are seldom met in training.
pub const MOST_WORDS: usize = 60_000;

/// Reads the vectors of the first [`MOST_WORDS`] words of a file.
///
/// # Errors
/// If the file cannot be read, is empty, or a line is not a word and as many finite numbers as in the first line.
pub fn read_vectors(path: &Path) -> Result<WordVectors> {
    let (mut words, mut values, mut n_dims) = (Vec::new(), Vec::<f32>::new(), 0);
    for (i, line) in open(path)?.lines().take(MOST_WORDS).enumerate() {
        let line = line.map_err(|e| Error::io(path, e))?;
        let fault = |what: String| Error::row(Location::file(path).line(i as u64 + 1), what);
        let mut fields = line.split(' ');
        let word = fields.next().unwrap_or_default().to_owned();
        let before = values.len();
        for field in fields {
            let number = field.parse::<f32>().ok().filter(|n| n.is_finite());
            values
                .push(number.ok_or_else(|| fault(format!("`{}` is no number", crate::error::shown(field))))?);
        }
        let n = values.len() - before;
        if i == 0 {
            n_dims = n;
        }
        if n != n_dims || n == 0 || word.is_empty() {
            return Err(fault(format!("expected a word and {} numbers, found {n}", n_dims.max(1))));
        }
        words.push(word);
    }
    if words.is_empty() {
        return Err(Error::row(Location::file(path), "holds no vector"));
    }
    Ok(WordVectors::new(n_dims, words.iter().map(String::as_str).zip(values.chunks_exact(n_dims))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<WordVectors> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("v.txt");
        std::fs::write(&path, text).unwrap();
        read_vectors(&path)
    }

    #[test]
    fn words_of_one_stem_are_one() {
        let vectors = read("aid 1 0.5\nattack -1 0\nattacks -0.5 1e-3\n").unwrap();
        assert_eq!((vectors.len(), vectors.fingerprint().len()), (2, 64));
        assert_ne!(vectors.fingerprint(), read("aid 1 0.5\n").unwrap().fingerprint());
    }

    #[test]
    fn faults_are_named_with_their_line() {
        let fault = |text: &str| read(text).unwrap_err().to_string();
        assert!(fault("").ends_with("holds no vector"));
        assert!(fault("aid 1 2\nwar 3\n").ends_with("v.txt:2: expected a word and 2 numbers, found 1"));
        assert!(fault("aid 1 2\nwar 3 nan\n").ends_with("v.txt:2: `nan` is no number"));
        assert!(fault("aid\n").ends_with("v.txt:1: expected a word and 1 numbers, found 0"));
    }
}
