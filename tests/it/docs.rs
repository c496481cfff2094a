//! What the documentation says is what the hub does, where a test can tell.

use std::{fs, path::Path};

use agent_hub_protocol::error::ErrorCode;

fn read(path: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&file).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// A code's line of `docs/errors.md`.
fn row(code: ErrorCode) -> String {
    let close = if code.close() == 0 { "–".to_owned() } else { code.close().to_string() };
    let (name, status, retry) = (code.as_str(), code.status(), code.retry().word());
    format!("| `{name}` | {status} | {close} | {retry} | {} |", code.title())
}

#[test]
fn errors_md_lists_exactly_the_codes_of_the_table() {
    let text = read("docs/errors.md");
    assert!(text.contains("| code | status | close | retry | meaning |"), "the table's head is missing");
    let got: Vec<_> = text.lines().filter(|line| line.starts_with("| `")).map(str::to_owned).collect();
    let expected: Vec<_> = ErrorCode::ALL.iter().copied().map(row).collect();
    assert!(got == expected, "docs/errors.md must hold these lines, in this order:\n{}", expected.join("\n"));
}

#[test]
fn the_changelog_names_this_version() {
    assert!(read("CHANGELOG.md").contains(env!("CARGO_PKG_VERSION")));
}
