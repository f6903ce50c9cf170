//! The model that answers, and how another takes its place while requests go on.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use crate::Result;
use crate::actor::gazetteer::Gazetteer;
use crate::feature::lexicon::Lexicon;
use crate::fingerprint::Fingerprint;
use crate::io::model::{Model, ModelParts};

/// A model in use.
pub(super) struct Serving {
    pub(super) model: Model,
    /// Counted up by each new one.
    pub(super) generation: u64,
    /// Identity of what it was made of.
    pub(super) identity: String,
}

/// The model in use. A request keeps the one that it began with.
pub(super) struct Models {
    path: Option<PathBuf>,
    gazetteer: Arc<Gazetteer>,
    lexicon: Arc<Lexicon>,
    now: RwLock<Arc<Serving>>,
}

fn serving(model: Model, generation: u64) -> Serving {
    let card = serde_json::to_string(&model.card).unwrap_or_default();
    let identity = Fingerprint::of([card.as_str()]);
    Serving { model, generation, identity }
}

impl Models {
    /// Begins with the model of a file, or with the built-in one.
    pub(super) fn new(
        path: Option<PathBuf>,
        gazetteer: Arc<Gazetteer>,
        lexicon: Arc<Lexicon>,
    ) -> Result<Models> {
        let model = ModelParts::of(path.as_deref())?.assemble(gazetteer.clone(), lexicon.clone())?;
        let now = RwLock::new(Arc::new(serving(model, 1)));
        Ok(Models { path, gazetteer, lexicon, now })
    }

    /// The model in use.
    pub(super) fn now(&self) -> Arc<Serving> {
        self.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the file again, or takes the bytes of another; a damaged one changes nothing.
    pub(super) fn renew(&self, bytes: Option<&[u8]>) -> Result<Arc<Serving>> {
        let parts = match bytes {
            Some(bytes) => ModelParts::of_bytes(bytes),
            None => ModelParts::of(self.path.as_deref()),
        };
        let model = parts?.assemble(self.gazetteer.clone(), self.lexicon.clone())?;
        let mut now = self.now.write().unwrap_or_else(PoisonError::into_inner);
        *now = Arc::new(serving(model, now.generation + 1));
        Ok(now.clone())
    }
}
