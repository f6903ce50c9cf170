//! Identity of data, gazetteers and lexicons: SHA-256 over their fields.

use sha2::{Digest, Sha256};

/// A hash over fields, each with its length, so that moving a border changes it.
#[derive(Default)]
pub struct Fingerprint(Sha256);

impl Fingerprint {
    /// The identity of a list of fields.
    pub fn of<'a>(fields: impl IntoIterator<Item = &'a str>) -> String {
        let mut print = Fingerprint::default();
        for field in fields {
            print.add(field);
        }
        print.finish()
    }

    /// Adds a field.
    pub fn add(&mut self, field: impl AsRef<[u8]>) {
        let field = field.as_ref();
        self.0.update((field.len() as u64).to_le_bytes());
        self.0.update(field);
    }

    /// The hash in hexadecimal.
    pub fn finish(self) -> String {
        self.0.finalize().iter().map(|b| format!("{b:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn borders_count() {
        assert_ne!(Fingerprint::of(["ab", "c"]), Fingerprint::of(["a", "bc"]));
        assert_eq!(Fingerprint::of(["ab"]).len(), 64);
    }
}
