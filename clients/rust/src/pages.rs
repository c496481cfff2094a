//! Paths with a query, and lists that come in pages.

use std::collections::HashSet;

use crate::Result;

/// Rows asked for at a time.
const PAGE: &str = "1000";

/// Reads a list page by page: `next` fetches what comes after a name and tells whether there is more; `name_of` an element is what the
/// next page comes after.
pub(crate) async fn all_pages<T, F: Future<Output = Result<(Vec<T>, bool)>>>(
    name_of: impl Fn(&T) -> &str,
    mut next: impl FnMut(Option<String>) -> F,
) -> Result<Vec<T>> {
    let (mut all, mut names) = (Vec::<T>::new(), HashSet::new());
    loop {
        let (page, more) = next(all.last().map(|last| name_of(last).to_owned())).await?;
        let before = names.len();
        names.extend(page.iter().map(|element| name_of(element).to_owned()));
        all.extend(page);
        // A page without anything new does not lead on, whatever it says.
        if !more || names.len() == before {
            return Ok(all);
        }
    }
}

/// The query of a page after `last`.
pub(crate) fn page_after(last: Option<String>) -> Vec<(&'static str, String)> {
    let after = last.map(|name| ("after", name));
    [("limit", PAGE.to_owned())].into_iter().chain(after).collect()
}

/// `path?name=value&…`, with the values escaped.
pub(crate) fn with_query(path: &str, query: &[(&str, String)]) -> String {
    let pairs: Vec<_> = query.iter().map(|(name, value)| format!("{name}={}", escape(value))).collect();
    if pairs.is_empty() { path.into() } else { format!("{path}?{}", pairs.join("&")) }
}

/// RFC 3986: everything but unreserved characters.
pub(crate) fn escape(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(byte.into()),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
        out
    })
}
