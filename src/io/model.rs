//! Model files: one inert file with all that prediction needs.
//!
//! The container is safetensors: a JSON header, then plain arrays; loading runs no code. The header's
//! `sha256` is the hash of the whole file with that hash itself written as zeros, so any byte that is cut
//! or changed is noticed before anything is made of it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};

use crate::evaluate::swap::Swaps;
use sha2::{Digest, Sha256};

use crate::actor::gazetteer::Gazetteer;
use crate::feature::Featurizer;
use crate::feature::lexicon::Lexicon;
use crate::feature::space::FeatureSpace;
use crate::model::calibration::Calibration;
use crate::model::quantised::{Quantised, quantise};
use crate::model::{Class, N_CLASSES, StanceModel};
use crate::pipeline::{Head, Heads, Pipeline};
use crate::train::HeadReport;
use crate::{Error, Location, Result};

use super::write_whole;

/// Version of the format that this program writes; it reads no newer one.
pub const FORMAT: u32 = 1;

/// The greatest file that is taken for a model, in bytes.
const LARGEST: u64 = 2 << 30;

const ZEROS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// A file that a model was trained or measured on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// Name of the file, without its folders.
    pub name: String,
    /// Its dialect.
    pub dialect: String,
    /// Usable rows.
    pub n_rows: usize,
    /// SHA-256 of the rows' texts, names and labels.
    pub sha256: String,
    /// The work to cite.
    pub citation: Option<String>,
}

/// A file of word vectors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VectorSource {
    /// Name of the file.
    pub name: String,
    /// Stems that have a vector.
    pub n_stems: usize,
    /// SHA-256 of words and numbers.
    pub sha256: String,
}

/// What a model says of itself.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ModelCard {
    /// Format of the file.
    pub format: u32,
    /// Version of geostance that trained it.
    pub geostance: String,
    /// Seed of the folds.
    pub seed: u64,
    /// Number of folds.
    pub folds: usize,
    /// Weight of the classes: uniform, balanced, ...
    pub class_weight: String,
    /// A feature occurred in this many rows of training or more.
    pub min_rows: u32,
    /// Columns of the feature space.
    pub n_columns: usize,
    /// Identity of the gazetteer it was trained with.
    pub gazetteer: String,
    /// Identity of the lexicon it was trained with.
    pub lexicon: String,
    /// What it was trained on.
    pub training: Vec<Source>,
    /// Vectors of words by which it was trained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vectors: Option<VectorSource>,
    /// What exchanging the actors of the rows measured on changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub swaps: Option<Swaps>,
    /// Whether features tell who is named.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub names: bool,
    /// Further works to cite.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub citations: Vec<String>,
    /// How each head was trained.
    pub heads: Vec<HeadReport>,
    /// What it was measured on: the file, and its scores as `evaluate --json` gives them.
    pub dev: Vec<(Source, serde_json::Value)>,
}

/// A model as it stands in a file.
pub struct Model {
    /// Ready to predict.
    pub pipeline: Pipeline,
    /// What it says of itself.
    pub card: ModelCard,
}

/// A model file as read, before it is joined with a gazetteer and a lexicon.
pub struct ModelParts {
    card: ModelCard,
    space: FeatureSpace,
    heads: Heads,
    location: Location,
}

impl ModelParts {
    /// The model that is compiled in.
    ///
    /// # Errors
    /// [`Error::ModelFormat`] if this build carries a damaged model; a test guards it.
    pub fn built_in() -> Result<ModelParts> {
        // nothing comes between these bytes and the program that they are a part of: they are not hashed again
        read_bytes(
            include_bytes!("../../models/default.safetensors"),
            Path::new("built-in model"),
            Hashed::No,
        )
    }

    /// The model of a file, or the one that is compiled in where there is none.
    ///
    /// # Errors
    /// As [`read`](ModelParts::read) and [`built_in`](ModelParts::built_in).
    pub fn of(path: Option<&Path>) -> Result<ModelParts> {
        path.map_or_else(ModelParts::built_in, ModelParts::read)
    }

    /// Reads a model file.
    ///
    /// # Errors
    /// [`Error::Io`] if it cannot be read; [`Error::ModelFormat`] in one sentence if it is no model, is damaged,
    /// or is of a newer format.
    pub fn read(path: &Path) -> Result<ModelParts> {
        let size = std::fs::metadata(path).map_err(|e| Error::io(path, e))?.len();
        if size > LARGEST {
            return Err(wrong(path, format!("is no model: {size} bytes are more than any model has")));
        }
        let bytes = std::fs::read(path).map_err(|e| Error::io(path, e))?;
        read_bytes(&bytes, path, Hashed::Yes)
    }

    /// The model of these bytes, those of a model file.
    ///
    /// # Errors
    /// As [`read`](ModelParts::read).
    pub fn of_bytes(bytes: &[u8]) -> Result<ModelParts> {
        read_bytes(bytes, Path::new("model"), Hashed::Yes)
    }

    /// Makes a pipeline of it.
    ///
    /// # Errors
    /// [`Error::ModelFormat`] if it was trained with another lexicon.
    pub fn assemble(self, gazetteer: Arc<Gazetteer>, lexicon: Arc<Lexicon>) -> Result<Model> {
        let ModelParts { card, space, heads, location } = self;
        if card.lexicon != lexicon.fingerprint() {
            let message = format!(
                "was trained with another lexicon (geostance {}); train it again with this version",
                card.geostance
            );
            return Err(Error::ModelFormat { location, message });
        }
        let pipeline = Pipeline::new(gazetteer, Featurizer::new(lexicon, space), heads);
        Ok(Model { pipeline, card })
    }
}

/// Reads a model file and makes a pipeline of it.
///
/// # Errors
/// As [`ModelParts::read`] and [`ModelParts::assemble`].
pub fn read_model(path: &Path, gazetteer: Arc<Gazetteer>, lexicon: Arc<Lexicon>) -> Result<Model> {
    ModelParts::read(path)?.assemble(gazetteer, lexicon)
}

fn wrong(path: &Path, message: impl Into<String>) -> Error {
    Error::ModelFormat { location: Location::file(path), message: message.into() }
}

/// Whether the bytes of a model are held against their checksum.
#[derive(PartialEq, Eq)]
enum Hashed {
    Yes,
    No,
}

fn read_bytes(bytes: &[u8], path: &Path, hashed: Hashed) -> Result<ModelParts> {
    let damaged = |what: &str| wrong(path, format!("is damaged: {what}"));
    let (_, header) = SafeTensors::read_metadata(bytes)
        .map_err(|e| wrong(path, format!("is no model of geostance, or was cut short ({e})")))?;
    let meta = header.metadata().clone().unwrap_or_default();
    let field = |name: &str| {
        meta.get(name).ok_or_else(|| wrong(path, format!("is no model of geostance: it has no `{name}`")))
    };
    let format: u32 = field("format")?.parse().map_err(|_| damaged("its format is no number"))?;
    if format > FORMAT {
        return Err(wrong(
            path,
            format!("is of format {format}, this program reads up to {FORMAT}; a newer geostance is needed"),
        ));
    }
    let digest = field("sha256")?;
    if hashed == Hashed::Yes && *digest != digest_of(bytes, digest) {
        return Err(damaged("its bytes do not fit its checksum"));
    }
    let card: ModelCard =
        serde_json::from_str(field("card")?).map_err(|e| damaged(&format!("its card: {e}")))?;
    let tensors = SafeTensors::deserialize(bytes).map_err(|e| damaged(&e.to_string()))?;
    let part = |name: &str, kind: Dtype, shape: &[usize]| -> Result<&[u8]> {
        let tensor = tensors.tensor(name).map_err(|_| damaged(&format!("it has no array `{name}`")))?;
        let fits = tensor.dtype() == kind && (shape.is_empty() || tensor.shape() == shape);
        if fits { Ok(tensor.data()) } else { Err(damaged(&format!("array `{name}` has another shape"))) }
    };
    let n = card.n_columns;
    let keys = numbers(part("keys", Dtype::U64, &[n])?, u64::from_le_bytes);
    let idf = numbers(part("idf", Dtype::F32, &[n])?, f32::from_le_bytes);
    let names = part("names", Dtype::U8, &[])?.to_vec();
    let space = FeatureSpace::from_parts(keys, idf, names).ok_or_else(|| damaged("its feature names"))?;
    let heads = Heads {
        target: head(&card, "target", n, &part)?,
        directed: head(&card, "directed", n, &part)?,
        tone: head(&card, "tone", n, &part)?,
    };
    Ok(ModelParts { card, space, heads, location: Location::file(path) })
}

type Part<'a> = dyn Fn(&str, Dtype, &[usize]) -> Result<&'a [u8]> + 'a;

fn head<L: Class>(card: &ModelCard, name: &str, n: usize, part: &Part<'_>) -> Result<Option<Head<L>>> {
    if !card.heads.iter().any(|h| h.head.as_str() == name) {
        return Ok(None);
    }
    let steps = part(&format!("{name}.steps"), Dtype::I8, &[n, N_CLASSES])?;
    let step = numbers(part(&format!("{name}.step"), Dtype::F32, &[N_CLASSES])?, f32::from_le_bytes);
    let other = numbers(part(&format!("{name}.intercepts"), Dtype::F64, &[N_CLASSES])?, f64::from_le_bytes);
    let calibration = numbers(part(&format!("{name}.calibration"), Dtype::F64, &[4])?, f64::from_le_bytes);
    let steps = steps.chunks_exact(N_CLASSES).map(|s| std::array::from_fn(|k| s[k] as i8)).collect();
    let quantised = Quantised { step: std::array::from_fn(|k| step[k]), steps };
    let weights = (0..n).map(|column| quantised.weight(column)).collect();
    let model = StanceModel::from_parts(weights, std::array::from_fn(|k| other[k]))?;
    let calibration =
        Calibration { temperature: calibration[0], bias: std::array::from_fn(|k| calibration[k + 1]) };
    Ok(Some(Head { model, calibration }))
}

fn numbers<T, const N: usize>(bytes: &[u8], from: impl Fn([u8; N]) -> T) -> Vec<T> {
    let (numbers, _) = bytes.as_chunks::<N>();
    numbers.iter().map(|b| from(*b)).collect()
}

/// SHA-256 of the file as it was before its hash was written into it.
fn digest_of(bytes: &[u8], digest: &str) -> String {
    let mut sha = Sha256::new();
    match memchr::memmem::find(bytes, digest.as_bytes()).filter(|_| digest.len() == ZEROS.len()) {
        Some(at) => {
            sha.update(&bytes[..at]);
            sha.update(ZEROS);
            sha.update(&bytes[at + ZEROS.len()..]);
        }
        None => sha.update(bytes),
    }
    sha.finalize().iter().map(|b| format!("{b:02x}")).collect()
}

/// Writes a model file, whole or not at all. The same model gives the same bytes.
///
/// # Errors
/// If the folder cannot be written to or the disk is full.
pub fn write_model(path: &Path, pipeline: &Pipeline, card: &ModelCard) -> Result<()> {
    let bytes = to_bytes(pipeline, card).map_err(|message| wrong(path, message))?;
    write_whole(path, |out| out.write_all(&bytes).map_err(|e| Error::io(path, e)))
}

fn to_bytes(pipeline: &Pipeline, card: &ModelCard) -> Result<Vec<u8>, String> {
    let space = pipeline.featurizer().space();
    let n = space.len();
    let mut arrays: Vec<(String, Dtype, Vec<usize>, Vec<u8>)> = vec![
        ("keys".into(), Dtype::U64, vec![n], space.keys().iter().flat_map(|k| k.to_le_bytes()).collect()),
        ("idf".into(), Dtype::F32, vec![n], space.idf().iter().flat_map(|v| v.to_le_bytes()).collect()),
    ];
    let names = space.names();
    arrays.push(("names".into(), Dtype::U8, vec![names.len()], names.to_vec()));
    let heads = pipeline.heads();
    if let Some(head) = &heads.target {
        push_head(&mut arrays, "target", head, n);
    }
    if let Some(head) = &heads.directed {
        push_head(&mut arrays, "directed", head, n);
    }
    if let Some(head) = &heads.tone {
        push_head(&mut arrays, "tone", head, n);
    }
    let views: Result<Vec<(&str, TensorView)>, _> = arrays
        .iter()
        .map(|(name, kind, shape, data)| {
            TensorView::new(*kind, shape.clone(), data).map(|v| (name.as_str(), v))
        })
        .collect();
    let card = serde_json::to_string(card).map_err(|e| e.to_string())?;
    let meta: HashMap<String, String> = [
        ("format".to_owned(), FORMAT.to_string()),
        ("card".to_owned(), card),
        ("sha256".to_owned(), ZEROS.to_owned()),
    ]
    .into();
    let bytes =
        safetensors::serialize(views.map_err(|e| e.to_string())?, Some(meta)).map_err(|e| e.to_string())?;
    let mut bytes = in_order(bytes)?;
    let digest = digest_of(&bytes, ZEROS);
    let at = memchr::memmem::find(&bytes, ZEROS.as_bytes()).ok_or("the header lost its checksum")?;
    bytes[at..at + ZEROS.len()].copy_from_slice(digest.as_bytes());
    Ok(bytes)
}

/// Writes the header again with its names in order, so that the same model gives the same bytes.
fn in_order(bytes: Vec<u8>) -> Result<Vec<u8>, String> {
    let (length, rest) = bytes.split_first_chunk::<8>().ok_or("no header")?;
    let (header, data) = rest.split_at(u64::from_le_bytes(*length) as usize);
    let mut header: serde_json::Value = serde_json::from_slice(header).map_err(|e| e.to_string())?;
    header.sort_all_objects();
    let mut header = serde_json::to_vec(&header).map_err(|e| e.to_string())?;
    header.resize(header.len().next_multiple_of(8), b' ');
    let mut out = (header.len() as u64).to_le_bytes().to_vec();
    out.extend_from_slice(&header);
    out.extend_from_slice(data);
    Ok(out)
}

fn push_head<L: Class>(
    arrays: &mut Vec<(String, Dtype, Vec<usize>, Vec<u8>)>,
    name: &str,
    head: &Head<L>,
    n: usize,
) {
    let quantised = quantise(&head.model);
    let steps = quantised.steps.iter().flat_map(|s| s.map(|v| v as u8)).collect();
    let floats = |values: &[f64]| values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>();
    arrays.push((format!("{name}.steps"), Dtype::I8, vec![n, N_CLASSES], steps));
    let step = quantised.step.iter().flat_map(|v| v.to_le_bytes()).collect();
    arrays.push((format!("{name}.step"), Dtype::F32, vec![N_CLASSES], step));
    arrays.push((
        format!("{name}.intercepts"),
        Dtype::F64,
        vec![N_CLASSES],
        floats(&head.model.intercepts()),
    ));
    let Calibration { temperature, bias } = head.calibration;
    let calibration = [temperature, bias[0], bias[1], bias[2]];
    arrays.push((format!("{name}.calibration"), Dtype::F64, vec![4], floats(&calibration)));
}
