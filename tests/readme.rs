//! The commands of README.md do what it says: each line of its `sh` blocks is run.

use std::path::Path;
use std::process::Command;

/// Lines of the fenced blocks of shell commands, continued lines joined.
fn commands(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut inside = false;
    let mut line = String::new();
    for raw in text.lines() {
        match raw.trim() {
            "```sh" => inside = true,
            "```" => inside = false,
            part if inside && !part.is_empty() => match part.strip_suffix('\\') {
                Some(part) => line.push_str(part),
                None => {
                    line.push_str(part);
                    found.push(std::mem::take(&mut line));
                }
            },
            _ => {}
        }
    }
    found
}

#[test]
fn every_command_of_the_readme_runs() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let binary = env!("CARGO_BIN_EXE_geostance");
    let out = tempfile::tempdir().unwrap();
    let mut n = 0;
    for command in commands(&readme) {
        if command.starts_with("cargo test") || command.starts_with("git clone") {
            continue;
        }
        if command.contains("../shared") && !root.join("../shared/data").is_dir() {
            println!("skipped, as ../shared is absent: {command}");
            continue;
        }
        let line = command
            .replace("cargo run --release -- ", "geostance ")
            .replace("geostance ", &format!("{binary} "))
            .replace("my.model", &out.path().join("my.model").display().to_string());
        let done = Command::new("sh").args(["-c", &line]).current_dir(root).output().unwrap();
        let stderr = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{command}\n{stderr}");
        assert!(!done.stdout.is_empty() || command.contains(" train "), "{command} printed nothing");
        n += 1;
    }
    assert!(n >= 6, "README.md shows {n} commands");
}

#[test]
fn paths_named_in_the_readme_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for doc in ["README.md", "docs/ARCHITECTURE.md", "docs/DESIGN.md", "docs/FORMATS.md"] {
        let text = std::fs::read_to_string(root.join(doc)).unwrap();
        let quoted = text.split('`').skip(1).step_by(2);
        let folders = ["src/", "data/", "docs/", "models/", "tests/", "benches/"];
        for path in
            quoted.filter(|q| !q.contains([' ', '*', '<']) && folders.iter().any(|f| q.starts_with(f)))
        {
            assert!(root.join(path).exists(), "{doc} names {path}");
        }
    }
}
