//! The shape of the source: imports go one way, files and functions stay small.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Layers from the bottom up. A module may use what is below its layer, and a neighbour of its layer that does not use it.
const LAYERS: [&[&str]; 6] = [
    &["error", "config", "clock", "telemetry"],
    &["store", "bus", "auth"],
    &["hub"],
    &["http", "ws"],
    &["app"],
    &["cli", "main"],
];

const FILE_LINES_MAX: usize = 400;
const FUNCTION_LINES_MAX: usize = 80;
const MEDIAN_FILE_LINES_MAX: usize = 180;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every `.rs` file below the folders, with its text.
fn sources(folders: &[&str]) -> BTreeMap<PathBuf, String> {
    let mut files = BTreeMap::new();
    let mut open: Vec<PathBuf> = folders.iter().map(|folder| root().join(folder)).filter(|f| f.is_dir()).collect();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the project") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(&path).expect("a source file");
                files.insert(path.strip_prefix(root()).expect("below the root").to_owned(), text);
            }
        }
    }
    files
}

fn every_source() -> BTreeMap<PathBuf, String> {
    sources(&["src", "protocol/src", "tests", "benches", "clients"])
}

/// The source without comments, and with strings and characters emptied, so that what they say is not taken for code.
fn code_of(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < bytes.len() {
        let end = skipped_to(text, at);
        if end > at {
            let lines = text[at..end].matches('\n').count();
            code.push_str("\"\"");
            code.push_str(&"\n".repeat(lines));
            at = end;
        } else {
            code.push(bytes[at] as char);
            at += 1;
        }
    }
    code
}

/// Where the comment, string or character that starts at `at` ends; `at` itself if none does.
fn skipped_to(text: &str, at: usize) -> usize {
    let rest = &text.as_bytes()[at..];
    let after_word = at > 0 && (text.as_bytes()[at - 1].is_ascii_alphanumeric() || text.as_bytes()[at - 1] == b'_');
    let find = |needle: &[u8], from: usize| {
        let found = rest[from..].windows(needle.len()).position(|window| window == needle);
        found.map_or(text.len(), |position| at + from + position + needle.len())
    };
    match rest {
        [b'/', b'/', ..] => find(b"\n", 0) - usize::from(rest.contains(&b'\n')),
        [b'/', b'*', ..] => find(b"*/", 2),
        [b'r', b'"' | b'#', ..] if !after_word => {
            let marks = rest[1..].iter().take_while(|byte| **byte == b'#').count();
            let closing = [b"\"", "#".repeat(marks).as_bytes()].concat();
            if rest.get(1 + marks) == Some(&b'"') { find(&closing, 2 + marks) } else { at }
        }
        [b'"', ..] => {
            let mut end = 1;
            while end < rest.len() && rest[end] != b'"' {
                end += if rest[end] == b'\\' { 2 } else { 1 };
            }
            (at + end + 1).min(text.len())
        }
        // A character, as told apart from a lifetime by its closing mark.
        [b'\'', b'\\', _, ..] => find(b"'", 3),
        [b'\'', _, b'\'', ..] => at + 3,
        _ => at,
    }
}

/// The module of the layer map that a file below `src` belongs to.
fn module_of(path: &Path) -> String {
    let inner = path.strip_prefix("src").expect("below src");
    let first = inner.components().next().expect("a name").as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

/// The top modules that `code` names as `crate::…`, in `use` trees and inline. Tests inside a file count too.
fn modules_used(code: &str) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for prefix in ["crate::", "agent_hub::"] {
        for (at, _) in code.match_indices(prefix) {
            let before = code[..at].chars().last();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$') {
                continue;
            }
            used.extend(heads_of_tree(&code[at + prefix.len()..]));
        }
    }
    used
}

/// The first names of a path or of a use tree: `a::b` gives `a`; `{a, b::{c, d}}` gives `a` and `b`.
fn heads_of_tree(tree: &str) -> Vec<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let Some(inner) = tree.strip_prefix('{') else { return vec![word(tree)] };
    let (mut heads, mut depth, mut start) = (Vec::new(), 0_usize, true);
    for (at, c) in inner.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => start = true,
            c if start && !c.is_whitespace() => {
                heads.push(word(&inner[at..]));
                start = false;
            }
            _ => {}
        }
    }
    heads
}

fn layer_of(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// The arrows of `src`: which module uses which, and a file that does. `lib.rs` is the map and may name all.
fn arrows(files: &BTreeMap<PathBuf, String>) -> BTreeMap<(String, String), String> {
    let mut arrows = BTreeMap::new();
    for (path, text) in files {
        let module = module_of(path);
        for used in modules_used(&code_of(text)) {
            if module != "lib" && used != module {
                arrows.insert((module.clone(), used), path.display().to_string());
            }
        }
    }
    arrows
}

/// The arrows that point the wrong way.
fn wrong_arrows(files: &BTreeMap<PathBuf, String>) -> Vec<String> {
    let arrows = arrows(files);
    let strangers = files.keys().map(|path| module_of(path)).filter(|module| module != "lib");
    let strangers: BTreeSet<_> = strangers.filter(|module| layer_of(module).is_none()).collect();
    let mut wrong: Vec<_> = strangers.iter().map(|module| format!("{module} is of no known layer")).collect();
    for ((module, used), file) in &arrows {
        let goes_down = match (layer_of(module), layer_of(used)) {
            (Some(from), Some(to)) if from == to => !arrows.contains_key(&(used.clone(), module.clone())),
            (Some(from), Some(to)) => to < from,
            // A type that is re-exported at the root hides its layer; a macro or constant of the root has none.
            (_, None) => !used.starts_with(char::is_uppercase),
            (None, _) => true,
        };
        if !goes_down {
            wrong.push(format!("{file}: {module} uses {used}"));
        }
    }
    wrong
}

#[test]
fn imports_go_one_way() {
    assert_eq!(wrong_arrows(&sources(&["src"])), Vec::<String>::new());
}

#[test]
fn a_wrong_arrow_is_found_however_it_is_written() {
    for (path, code, wrong) in [
        ("src/store/mod.rs", "use crate::hub::Hub;", 1),
        ("src/store/mod.rs", "fn f() { crate::http::router(); }", 1),
        ("src/auth/key.rs", "use crate::{error::Error, store::{Store, items}};", 0),
        ("src/auth/key.rs", "use crate::{\n    error::Error,\n    ws,\n    cli::{self},\n};", 2),
        ("src/http/mod.rs", "use crate::{config, app};", 1),
        ("src/nowhere/mod.rs", "", 1),
        ("src/hub/mod.rs", "use crate::{error::Result, store::Store, hub::registry};", 0),
        (
            "src/store/mod.rs",
            "// crate::http\n/* crate::ws */ const A: &str = \"crate::cli\"; const Q: char = '\"';",
            0,
        ),
        ("src/main.rs", "use agent_hub::cli; use agent_hub_protocol::body;", 0),
        ("src/hub/mod.rs", "use agent_hub::cli;", 1),
    ] {
        let files = BTreeMap::from([(PathBuf::from(path), code.to_owned())]);
        assert_eq!(wrong_arrows(&files).len(), wrong, "{path}: {code}: {:?}", wrong_arrows(&files));
    }
    // Neighbours may use each other in one direction only.
    let circle = [("src/http/mod.rs", "use crate::ws;"), ("src/ws/mod.rs", "use crate::http;")];
    let files = circle.map(|(path, code)| (PathBuf::from(path), code.to_owned()));
    assert_eq!(wrong_arrows(&BTreeMap::from(files)).len(), 2);
}

#[test]
fn the_protocol_knows_nothing_of_the_hub_and_does_no_io() {
    for (path, text) in sources(&["protocol/src"]) {
        let code = code_of(&text);
        for word in ["agent_hub::", "std::net", "std::fs", "std::io", "tokio", "sqlx", "axum"] {
            assert!(!code.contains(word), "{} uses {word}", path.display());
        }
    }
}

#[test]
fn no_file_is_over_400_lines() {
    let lines = every_source().into_iter().map(|(path, text)| (path, text.lines().count()));
    let long: Vec<_> = lines.filter(|(_, lines)| *lines > FILE_LINES_MAX).collect();
    assert!(long.is_empty(), "{long:?}");
}

#[test]
fn the_median_file_is_at_most_180_lines() {
    let mut lines: Vec<_> = sources(&["src"]).values().map(|text| text.lines().count()).collect();
    lines.sort_unstable();
    assert!(lines[lines.len() / 2] <= MEDIAN_FILE_LINES_MAX, "{lines:?}");
}

/// The functions of `code` with the number of their lines, from `fn` to the closing brace.
fn functions(code: &str) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        if code[..at].chars().last().is_some_and(|c| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let rest = &code[at + 3..];
        let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let (mut depth, mut lines) = (0_usize, 1);
        for c in rest.chars() {
            match c {
                '\n' => lines += 1,
                ';' if depth == 0 => break,
                '{' => depth += 1,
                '}' if depth <= 1 => {
                    found.push((name, lines));
                    break;
                }
                '}' => depth -= 1,
                _ => {}
            }
        }
    }
    found
}

#[test]
fn no_function_is_over_80_lines() {
    let mut long = Vec::new();
    for (path, text) in every_source() {
        let over = functions(&code_of(&text)).into_iter().filter(|(_, lines)| *lines > FUNCTION_LINES_MAX);
        long.extend(over.map(|(name, lines)| format!("{}: {name} has {lines} lines", path.display())));
    }
    assert_eq!(long, Vec::<String>::new());
}

#[test]
fn a_long_function_is_found_whatever_is_in_it() {
    let body = "    let s = \"}\"; // }\n    let c = '}';\n    let r = r#\"}\"}\"#;\n".repeat(30);
    let source = format!(
        "struct A;\nasync fn long<'a>(x: &'a str) -> u8\nwhere\n    A: Sized,\n{{\n{body}}}\nfn short() {{}}\n"
    );
    let found = functions(&code_of(&source));
    assert_eq!(found, [("long".to_owned(), 95), ("short".to_owned(), 1)]);
}

#[test]
fn both_databases_have_the_same_migrations() {
    let names = |folder: &str| -> BTreeSet<_> {
        let entries = fs::read_dir(root().join("migrations").join(folder)).expect("migrations");
        entries.map(|entry| entry.expect("an entry").file_name()).collect()
    };
    assert_eq!(names("sqlite"), names("mysql"));
    assert!(!names("mysql").is_empty());
    for name in names("mysql") {
        let text = fs::read_to_string(root().join("migrations/mysql").join(&name)).expect("a migration");
        let code: String = text.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
        let statements = code.split(';').filter(|statement| !statement.trim().is_empty()).count();
        assert_eq!(statements, 1, "{name:?}: one DDL statement per MySQL migration");
    }
}
