//! The command line: parse, run, exit code.

mod cli;

use std::process::ExitCode;

/// Articles are many small strings, which this allocator hands out faster than the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::main()
}
