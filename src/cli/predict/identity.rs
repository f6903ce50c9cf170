//! Which run a journal is of: what is read, and all that decides what is written.

use std::path::Path;
use std::time::UNIX_EPOCH;

use geostance::fingerprint::Fingerprint;
use geostance::io::model::Model;

use super::PredictArgs;

/// The identity of a run while its model is not yet known.
pub(super) struct Identity(Fingerprint);

impl PredictArgs {
    /// The identity of this command over these files: their names, sizes and times of change, and its settings.
    pub(super) fn identity<'p>(&self, files: impl Iterator<Item = &'p Path>) -> Identity {
        let mut print = Fingerprint::default();
        for file in files {
            print.add(file.as_os_str().as_encoded_bytes());
            if let Ok(metadata) = std::fs::metadata(file) {
                print.add(metadata.len().to_le_bytes());
                let changed = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
                print.add(changed.map_or(0, |time| time.as_nanos()).to_le_bytes());
            }
        }
        let form = match self.format(false) {
            super::Format::Rows(form) => form.as_str(),
            super::Format::Table => "table",
        };
        print.add(form);
        print.add([u8::from(self.opinionated)]);
        print.add(self.min_confidence.to_le_bytes());
        print.add(format!("{:?}", self.input.shape.columns()));
        print.add(format!("{:?} {:?}", self.mentions.kinds(), self.written.date));
        Identity(print)
    }
}

impl Identity {
    /// The identity with the model and the gazetteer.
    pub(super) fn of_model(mut self, model: &Model) -> String {
        self.0.add(env!("CARGO_PKG_VERSION"));
        self.0.add(format!("{:?}", model.card));
        self.0.add(model.pipeline.gazetteer().fingerprint());
        self.0.finish()
    }
}
