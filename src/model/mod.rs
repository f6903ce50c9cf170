//! Row → probabilities of the stances.
