//! End-to-end encryption: what `docs/encryption.md` says, to the byte. Nothing here talks to a hub or touches a file.
//!
//! - [`suite`]: HPKE with X25519 or X-Wing: a content key wrapped for one recipient;
//! - [`keyring`]: an agent's private keys; [`bundle`]: what it publishes of them; [`words`]: the same for people to compare;
//! - [`trust`]: whose keys are believed, and which envelopes were opened before;
//! - [`envelope`]: sealing a body for some, opening it as one of them.

pub mod bundle;
pub mod envelope;
pub mod keyring;
pub mod suite;
pub mod trust;
pub mod words;

mod encoding;
#[cfg(test)]
mod vectors;

pub use bundle::Bundle;
pub use envelope::{Draft, Opened, Said, is_sealed, open, seal};
pub use keyring::Keyring;
pub use suite::Suite;
pub use trust::{Pin, Trust};

/// Randomness of the system: what [`seal`] and [`Keyring::generate`] are given outside of tests.
#[must_use]
pub fn system_random() -> hpke::rand_core::UnwrapErr<getrandom::SysRng> {
    hpke::rand_core::UnwrapErr(getrandom::SysRng)
}

macro_rules! seal_errors {
    ($($variant:ident = $code:literal, $told:literal;)*) => {
        /// Why an envelope was not opened, or a bundle of keys not believed. The codes are the same in every library.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
        pub enum SealError {
            $(#[doc = $told] #[error($told)] $variant,)*
        }

        impl SealError {
            /// The stable code.
            #[must_use]
            pub const fn code(self) -> &'static str { match self { $(Self::$variant => $code,)* } }
        }
    };
}

seal_errors! {
    Malformed = "malformed", "the data is not a well-formed envelope";
    UnknownVersion = "unknown_version", "the envelope is of a version that this client does not know";
    UnknownSender = "unknown_sender", "the sender has published no keys";
    BadSignature = "bad_signature", "the signature is not by the sender's known key: do not trust this message";
    WrongHub = "wrong_hub", "the message was sealed for another hub";
    NotForMe = "not_for_me", "the message was sealed for others";
    UnknownKey = "unknown_key", "the message was sealed for a key that this agent does not have";
    BadWrap = "bad_wrap", "the content key cannot be unwrapped";
    BadCommit = "bad_commit", "the content key is not the one that the sender committed to";
    BadBody = "bad_body", "the body was changed";
    WrongFrom = "wrong_from", "the hub attributes the message to somebody else than its signer";
    WrongName = "wrong_name", "the hub tells another name than the sender gave";
    WrongReplyTo = "wrong_reply_to", "the hub says that this answers something else than the sender said";
    Replayed = "replayed", "this is a copy of a message that was opened before";
    BadBundle = "bad_bundle", "the published keys are not well formed, or not signed by themselves";
    KeyChanged = "key_changed", "the agent's keys were changed without a chain from the known ones: compare words before trusting them";
    KeyRolledBack = "key_rolled_back", "the hub offers older keys than are known";
    TooLarge = "too_large", "the header would be larger than an envelope's may be";
}
