//! What a model can tell apart: three classes with an order.

use std::fmt;

use linfa::dataset::Label;

use crate::stance::{Stance, Tone};

/// Number of classes of every model.
pub const N_CLASSES: usize = 3;

/// A label that is one of three known classes, so that the same model learns stances and tones.
///
/// Its [`Default`] is the neutral class.
pub trait Class: Label + Copy + fmt::Display {
    /// All three, in the order of columns in matrices and files.
    const ALL: [Self; N_CLASSES];

    /// Position in [`Class::ALL`].
    fn index(self) -> usize;
}

impl Label for Stance {}
impl Label for Tone {}

impl Class for Stance {
    const ALL: [Self; N_CLASSES] = Stance::ALL;

    fn index(self) -> usize {
        Stance::index(self)
    }
}

impl Class for Tone {
    const ALL: [Self; N_CLASSES] = Tone::ALL;

    fn index(self) -> usize {
        Tone::index(self)
    }
}
