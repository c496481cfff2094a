//! How a moment is written on the wire: RFC 3339, UTC, `Z`, whole seconds.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// A moment, in milliseconds since the Unix epoch; written in whole seconds (rounded down).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// As RFC 3339. A moment beyond the year 9999, which RFC 3339 cannot write, is written as its last second.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        const LAST_S: i64 = 253_402_300_799;
        OffsetDateTime::from_unix_timestamp(self.0.div_euclid(1000).clamp(0, LAST_S))
            .ok()
            .and_then(|moment| moment.format(&Rfc3339).ok())
            .unwrap_or_default()
    }

    /// Reads RFC 3339; `None` if it is not.
    #[must_use]
    pub fn from_rfc3339(text: &str) -> Option<Self> {
        let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        moment.unix_timestamp().checked_mul(1000).map(Self)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_rfc3339())
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::from_rfc3339(&text).ok_or_else(|| D::Error::custom("expected a time as RFC 3339"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_whole_seconds_in_utc() {
        assert_eq!(Timestamp(1_765_011_244_999).to_rfc3339(), "2025-12-06T08:54:04Z");
        assert_eq!(Timestamp::from_rfc3339("2025-12-06T08:54:04Z"), Some(Timestamp(1_765_011_244_000)));
        assert_eq!(Timestamp(i64::MAX).to_rfc3339(), "9999-12-31T23:59:59Z");
    }
}
