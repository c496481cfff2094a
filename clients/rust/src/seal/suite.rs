//! The two ways to wrap a content key for one recipient: HPKE (RFC 9180, mode base) with X25519, or with X-Wing.

use hpke::{
    Deserializable, Kem, OpModeR, OpModeS, Serializable,
    aead::AesGcm256,
    kdf::HkdfSha256,
    kem::{X25519HkdfSha256, XWing},
    rand_core::CryptoRng,
    single_shot_open, single_shot_seal_with_rng,
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{
    SealError,
    encoding::{Text, TextBytes, hash},
    system_random,
};

/// A content key.
pub(super) type ContentKey = Zeroizing<[u8; 32]>;
/// Names a public key in an envelope.
pub(super) type KeyId = Text<16>;

/// What a recipient's key is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Suite {
    /// DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM: small and fast; the default.
    X25519,
    /// X-Wing (ML-KEM-768 with X25519), HKDF-SHA256, AES-256-GCM: also against quantum computers.
    XWing,
}

impl Suite {
    /// The name in envelopes and bundles.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::X25519 => "x25519",
            Self::XWing => "xwing",
        }
    }

    /// Bytes of a public key.
    #[must_use]
    pub const fn public_len(self) -> usize {
        match self {
            Self::X25519 => 32,
            Self::XWing => 1216,
        }
    }

    /// Bytes of a wrapped content key.
    #[must_use]
    pub const fn wrap_len(self) -> usize {
        match self {
            Self::X25519 => 32 + 48,
            Self::XWing => 1120 + 48,
        }
    }
}

/// A public encryption key: `[suite, key]`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PublicKey(pub(super) Suite, pub(super) TextBytes);

impl PublicKey {
    /// Its suite.
    #[must_use]
    pub const fn suite(&self) -> Suite {
        self.0
    }

    /// Whether something can be wrapped for it: bytes of the right length may be no key, such as a point of small order.
    pub(super) fn is_usable(&self) -> bool {
        self.1.0.len() == self.0.public_len() && self.wrap(&ContentKey::default(), b"", &mut system_random()).is_ok()
    }

    /// What names it in an envelope.
    pub(super) fn id(&self) -> KeyId {
        let whole = hash(&[b"agent-hub key id v1\0", self.0.as_str().as_bytes(), b"\0", &self.1.0]);
        let mut id = [0; 16];
        id.copy_from_slice(&whole[..16]);
        Text(id)
    }

    /// Wraps a content key: encapsulated key and ciphertext.
    pub(super) fn wrap(
        &self,
        key: &ContentKey,
        info: &[u8],
        random: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, SealError> {
        match self.0 {
            Suite::X25519 => wrap::<X25519HkdfSha256>(&self.1.0, key, info, random),
            Suite::XWing => wrap::<XWing>(&self.1.0, key, info, random),
        }
    }
}

/// A private encryption key: `[suite, key]`; for X-Wing the seed. `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivateKey(Suite, Text<32>);

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("PrivateKey").field(&self.0).finish_non_exhaustive()
    }
}

impl PrivateKey {
    /// Draws a key.
    pub(super) fn generate(suite: Suite, random: &mut impl CryptoRng) -> Self {
        let mut bytes = [0; 32];
        random.fill_bytes(&mut bytes);
        Self(suite, Text(bytes))
    }

    /// What others wrap for.
    pub(super) fn public(&self) -> Result<PublicKey, SealError> {
        let bytes = match self.0 {
            Suite::X25519 => public::<X25519HkdfSha256>(&self.1.0),
            Suite::XWing => public::<XWing>(&self.1.0),
        };
        bytes.map(|bytes| PublicKey(self.0, TextBytes(bytes)))
    }

    /// Unwraps a content key.
    pub(super) fn unwrap(&self, wrap: &[u8], info: &[u8]) -> Result<ContentKey, SealError> {
        match self.0 {
            Suite::X25519 => unwrap::<X25519HkdfSha256>(&self.1.0, wrap, info),
            Suite::XWing => unwrap::<XWing>(&self.1.0, wrap, info),
        }
    }
}

fn public<K: Kem>(private: &[u8]) -> Result<Vec<u8>, SealError> {
    let private = K::PrivateKey::from_bytes(private).map_err(|_| SealError::BadBundle)?;
    Ok(K::sk_to_pk(&private).to_bytes().to_vec())
}

fn wrap<K: Kem>(
    public: &[u8],
    key: &ContentKey,
    info: &[u8],
    random: &mut impl CryptoRng,
) -> Result<Vec<u8>, SealError> {
    let public = K::PublicKey::from_bytes(public).map_err(|_| SealError::BadBundle)?;
    let wrapped = single_shot_seal_with_rng::<AesGcm256, HkdfSha256, K>(
        &OpModeS::Base,
        &public,
        info,
        key.as_slice(),
        b"",
        random,
    );
    let (encapsulated, ciphertext) = wrapped.map_err(|_| SealError::BadBundle)?;
    Ok([encapsulated.to_bytes().as_slice(), &ciphertext].concat())
}

fn unwrap<K: Kem>(private: &[u8], wrap: &[u8], info: &[u8]) -> Result<ContentKey, SealError> {
    let bad = |_| SealError::BadWrap;
    let private = K::PrivateKey::from_bytes(private).map_err(bad)?;
    let (encapsulated, ciphertext) = wrap.split_at_checked(wrap.len().saturating_sub(48)).ok_or(SealError::BadWrap)?;
    let encapsulated = K::EncappedKey::from_bytes(encapsulated).map_err(bad)?;
    let opened =
        single_shot_open::<AesGcm256, HkdfSha256, K>(&OpModeR::Base, &private, &encapsulated, info, ciphertext, b"");
    let opened = Zeroizing::new(opened.map_err(bad)?);
    let mut key = ContentKey::default();
    if opened.len() != key.len() {
        return Err(SealError::BadWrap);
    }
    key.copy_from_slice(&opened);
    Ok(key)
}
