//! JSON in. Whoever sent it learns which field is wrong and what was expected; the value itself is never repeated, since it
//! may be a secret, and errors end up in logs.

use serde::{Deserialize, Deserializer, de::DeserializeOwned};

/// Why a document is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Not JSON at all, or cut short, or nested too deep (128).
    #[error("not valid JSON (line {line}, column {column})")]
    Syntax {
        /// Line, from 1.
        line: usize,
        /// Column in bytes, from 1.
        column: usize,
    },
    /// JSON, but not what is expected here.
    #[error("{0}")]
    Shape(String),
}

/// Reads one JSON object. Arrays are refused: serde would otherwise take the fields of a struct in their order.
///
/// # Errors
/// [`ParseError`].
pub fn object<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ParseError> {
    let first = bytes.iter().find(|b| !b.is_ascii_whitespace());
    let mut json = serde_json::Deserializer::from_slice(bytes);
    if first.is_some_and(|b| *b != b'{') {
        // Whether it is JSON at all decides which of the two errors is true.
        serde::de::IgnoredAny::deserialize(&mut json).and_then(|_| json.end()).map_err(|e| syntax(&e))?;
        return Err(ParseError::Shape("expected a JSON object".into()));
    }
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        describe(&path, error.inner())
    })?;
    json.end().map_err(|e| syntax(&e))?;
    Ok(value)
}

/// For `#[serde(default, deserialize_with)]`: a field that may be left out, but must not be `null`. A variable that
/// was empty by mistake must not pass as "left out".
///
/// # Errors
/// As the field's own type.
pub fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

fn syntax(error: &serde_json::Error) -> ParseError {
    ParseError::Syntax { line: error.line(), column: error.column() }
}

fn describe(path: &str, error: &serde_json::Error) -> ParseError {
    if !error.is_data() {
        return syntax(error);
    }
    let message = error.to_string();
    // serde_json appends its position, which the path says better.
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(head, _)| head);
    let told = if let Some(rest) = message.strip_prefix("unknown field `") {
        format!("unknown field `{}`", clip(rest.split('`').next().unwrap_or_default()))
    } else if message.starts_with("missing field") || message.starts_with("duplicate field") {
        message.to_owned()
    } else if let Some((_, expected)) = message.rsplit_once("expected ") {
        format!("expected {}", plain(expected))
    } else {
        "not what is expected here".to_owned()
    };
    let at_field =
        !matches!(path, "" | "." | "?") && !told.starts_with("unknown field") && !told.starts_with("duplicate");
    ParseError::Shape(if at_field { format!("field `{}`: {told}", clip(path)) } else { told })
}

/// Types in plain words, not in Rust's.
fn plain(expected: &str) -> &str {
    match expected {
        "i64" | "u64" | "u32" | "i32" => "an integer",
        other => other,
    }
}

/// A name that the other side chose, made fit for an error: short, and without control characters.
fn clip(text: &str) -> String {
    text.chars().take(64).map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Body {
        name: String,
        #[serde(default, deserialize_with = "present")]
        ttl: Option<i64>,
    }

    fn refusal(json: &str) -> String {
        object::<Body>(json.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn errors_name_the_field_and_never_the_value() {
        assert_eq!(refusal(r#"{"name":"a","ttl":"secret"}"#), "field `ttl`: expected an integer");
        assert_eq!(refusal(r#"{"name":"a","tll":1}"#), "unknown field `tll`");
        assert_eq!(refusal(r#"{"ttl":1}"#), "missing field `name`");
        assert_eq!(refusal(r#"{"name":"a","ttl":null}"#), "field `ttl`: expected an integer");
        assert_eq!(refusal(r#"["a",1]"#), "expected a JSON object");
        assert!(refusal(r#"{"name":"a"} x"#).starts_with("not valid JSON"));
        assert!(refusal("").starts_with("not valid JSON"));
    }

    #[test]
    fn deep_nesting_is_refused_at_once() {
        let deep = format!(r#"{{"name":{}"#, "[".repeat(200_000));
        assert!(object::<Body>(deep.as_bytes()).is_err());
        assert!(object::<Body>("[".repeat(200_000).as_bytes()).is_err());
    }
}
