//! The order of the modules, as `src/lib.rs` declares it, and what threads may share.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Uses against the order that are wanted: who, of whom.
const EXCEPTIONS: [(&str, &str); 0] = [];

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Modules in the order of their declaration.
fn modules() -> Vec<String> {
    let lib = fs::read_to_string(src().join("lib.rs")).unwrap();
    let name = |line: &str| {
        let rest = line.strip_prefix("pub mod ").or_else(|| line.strip_prefix("mod "))?;
        Some(rest.strip_suffix(';')?.to_owned())
    };
    lib.lines().filter_map(name).collect()
}

/// Names that `lib.rs` gives again, with the module each is from.
fn reexports() -> Vec<(String, String)> {
    let lib = fs::read_to_string(src().join("lib.rs")).unwrap();
    let mut all = Vec::new();
    for line in lib.lines().filter_map(|l| l.strip_prefix("pub use ")) {
        let (path, names) = line.trim_end_matches(';').rsplit_once("::").unwrap();
        let module = path.split("::").next().unwrap();
        for name in names.trim_matches(['{', '}']).split(',') {
            all.push((name.trim().to_owned(), module.to_owned()));
        }
    }
    all
}

fn files_of(module: &str) -> Vec<PathBuf> {
    let single = src().join(format!("{module}.rs"));
    if single.exists() {
        return vec![single];
    }
    let mut waiting = vec![src().join(module)];
    let mut files = Vec::new();
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                files.push(path);
            }
        }
    }
    files
}

/// Code without comments, and without the tests, which stand at the end of a file and may use what they like.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap();
    text.lines().map(|line| line.split("//").next().unwrap()).collect::<Vec<_>>().join("\n")
}

/// First names after every `crate::`, a group of names taken apart.
fn used(code: &str) -> BTreeSet<String> {
    let name =
        |text: &str| -> String { text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect() };
    let mut names = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        let Some(group) = rest.strip_prefix('{') else {
            names.insert(name(rest));
            continue;
        };
        let mut depth = 0;
        let mut start = true;
        for (i, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => start = true,
                c if start && !c.is_whitespace() => {
                    names.insert(name(&group[i..]));
                    start = false;
                }
                _ => {}
            }
        }
    }
    names
}

#[test]
fn names_are_taken_from_groups() {
    let names = used("use crate::{Error, text::{a, b},\n Span};\nlet x = crate::io::open(crate::text::x);");
    assert_eq!(names.into_iter().collect::<Vec<_>>(), ["Error", "Span", "io", "text"]);
}

#[test]
fn a_module_uses_only_those_above_it() {
    let order = modules();
    assert!(order.len() > 10, "{order:?}");
    let place = |module: &str| order.iter().position(|m| m == module);
    let reexports = reexports();
    let mut against = BTreeSet::new();
    for module in &order {
        for file in files_of(module) {
            for name in used(&code(&file)) {
                let from =
                    reexports.iter().find(|(n, _)| *n == name).map_or(name.as_str(), |(_, m)| m.as_str());
                let there = place(from).unwrap_or_else(|| panic!("{}: no module `{from}`", file.display()));
                if there > place(module).unwrap() {
                    against.insert((module.clone(), from.to_owned()));
                }
            }
        }
    }
    let wanted: BTreeSet<_> = EXCEPTIONS.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
    assert_eq!(against, wanted, "uses against the order");
}

#[test]
fn every_file_below_src_belongs_to_a_module() {
    let order = modules();
    for entry in fs::read_dir(src()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        assert!(order.contains(&name) || ["lib", "main", "cli"].contains(&name.as_str()), "{name}");
    }
}

/// Files are opened in `io` alone; the command line looks at paths but reads through it.
#[test]
fn only_io_opens_files() {
    for module in modules().iter().filter(|m| *m != "io") {
        for file in files_of(module) {
            let code = code(&file);
            for call in ["std::fs", "File::open", "fs::read"] {
                assert!(!code.contains(call), "{}: {call}", file.display());
            }
        }
    }
}

#[test]
fn a_pipeline_is_shared_between_threads() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<geostance::Pipeline>();
    shared::<geostance::StanceModel>();
    shared::<geostance::io::model::Model>();
    shared::<geostance::actor::gazetteer::Gazetteer>();
    shared::<geostance::Error>();
}
