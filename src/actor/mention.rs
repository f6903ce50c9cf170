//! An actor found at a span.
