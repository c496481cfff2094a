//! Tokens: an item's id under one AES block, base64url, 22 characters. A token looks random, need not be stored, and a forgery
//! is refused without the database: what comes out is no `UUIDv7` of a plausible time.

use aws_lc_rs::cipher::{AES_128, DecryptingKey, DecryptionContext, EncryptingKey, UnboundCipherKey};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::store::ItemId;

/// 2020-01-01 to 2100-01-01: an id of another time is forged. Not measured by this machine's clock: were that wrong, or put
/// right, items that are there would seem never to have been.
const PLAUSIBLE_MS: std::ops::Range<i64> = 1_577_836_800_000..4_102_444_800_000;
/// Characters of a token: 16 bytes in base64url.
const TOKEN_CHARS: usize = 22;

/// Turns ids into tokens and back.
#[derive(Debug)]
pub struct TokenKey {
    encrypt: EncryptingKey,
    decrypt: DecryptingKey,
}

impl TokenKey {
    /// From the 128 random bits of the hub's settings.
    ///
    /// # Panics
    /// Never: the key has the length that AES-128 asks for.
    #[must_use]
    pub fn new(key: &[u8; 16]) -> Self {
        let unbound = || UnboundCipherKey::new(&AES_128, key).expect("16 bytes make an AES-128 key");
        Self {
            encrypt: EncryptingKey::ecb(unbound()).expect("AES-128 has an ECB mode"),
            decrypt: DecryptingKey::ecb(unbound()).expect("AES-128 has an ECB mode"),
        }
    }

    /// The token of an item.
    ///
    /// # Panics
    /// Never: an id is exactly one block.
    #[must_use]
    pub fn encode(&self, id: ItemId) -> String {
        let mut block = id;
        self.encrypt.encrypt(&mut block).expect("one block of 16 bytes");
        URL_SAFE_NO_PAD.encode(block)
    }

    /// The item that a token names, unless it is forged.
    #[must_use]
    pub fn decode(&self, token: &str) -> Option<ItemId> {
        if token.len() != TOKEN_CHARS {
            return None;
        }
        let mut block: ItemId = URL_SAFE_NO_PAD.decode(token).ok()?.try_into().ok()?;
        self.decrypt.decrypt(&mut block, DecryptionContext::None).ok()?;
        is_plausible(&block).then_some(block)
    }
}

/// Version 7, the variant of RFC 9562, and a plausible time.
pub(super) fn is_plausible(id: &ItemId) -> bool {
    let ms = id[..6].iter().fold(0_i64, |ms, byte| (ms << 8) | i64::from(*byte));
    id[6] >> 4 == 7 && id[8] >> 6 == 0b10 && PLAUSIBLE_MS.contains(&ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_names_its_item_and_nothing_else_does() {
        let key = TokenKey::new(&[7; 16]);
        let id = *uuid::Uuid::now_v7().as_bytes();
        let token = key.encode(id);
        assert_eq!(token.len(), TOKEN_CHARS);
        assert_eq!(key.decode(&token), Some(id));
        assert_eq!(TokenKey::new(&[8; 16]).decode(&token), None);
        for wrong in ["", "AAAAAAAAAAAAAAAAAAAAAA", "../../etc/passwd000000", &token[1..], &format!("{token}=")] {
            assert_eq!(key.decode(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn consecutive_items_have_unlike_tokens() {
        let key = TokenKey::new(&[7; 16]);
        let [a, b] = [(); 2].map(|()| key.encode(*uuid::Uuid::now_v7().as_bytes()));
        assert_ne!(a[..4], b[..4]);
    }
}
