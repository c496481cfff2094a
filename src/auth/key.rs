//! API keys: `ahub_`, 256 random bits in hexadecimal, and a checksum, so that a secret scanner can tell a real one from a
//! look-alike. The hub keeps their SHA-256 only; with 256 random bits nothing slower is needed.

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand,
};

use crate::error::{Error, ErrorCode, Result};

const PREFIX: &str = "ahub_";
const RANDOM_BYTES: usize = 32;
const CHECKSUM_BYTES: usize = 4;

/// SHA-256 of an API key as it was sent.
pub type KeyHash = [u8; 32];

/// SHA-256.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    digest(&SHA256, bytes).as_ref().try_into().unwrap_or_default()
}

/// Draws a new API key.
///
/// # Errors
/// The operating system gave no random bits.
pub fn generate() -> Result<String> {
    let mut random = [0; RANDOM_BYTES];
    rand::fill(&mut random).map_err(|_| Error::of(ErrorCode::Internal).because("no random bits"))?;
    let body = hex(&random);
    let checksum = hex(&sha256(body.as_bytes())[..CHECKSUM_BYTES]);
    Ok(format!("{PREFIX}{body}{checksum}"))
}

/// The hash of a key, if it has the form of one. A wrong checksum is refused without a look at the database.
#[must_use]
pub fn hash(key: &str) -> Option<KeyHash> {
    let (body, checksum) = key.strip_prefix(PREFIX)?.split_at_checked(2 * RANDOM_BYTES)?;
    let well_formed = checksum == hex(&sha256(body.as_bytes())[..CHECKSUM_BYTES]);
    well_formed.then(|| sha256(key.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_taken_exactly_as_it_was_given() {
        let key = generate().unwrap();
        assert!(hash(&key).is_some());
        for wrong in
            [key.to_uppercase(), format!("{key} "), format!(" {key}"), key[..76].into(), String::new(), "ahub_".into()]
        {
            assert_eq!(hash(&wrong), None, "{wrong}");
        }
        assert_ne!(generate().unwrap(), key);
    }
}
