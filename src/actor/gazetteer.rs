//! Aliases → actors.
