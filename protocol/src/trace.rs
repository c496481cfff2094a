//! `traceparent` of W3C Trace Context: which trace an item belongs to. The hub hands it from the publisher to whoever is told, as
//! it came, so that what a recipient does stands in the publisher's trace.

use std::fmt;

/// Characters of a `traceparent` of version 00.
const LENGTH: usize = 55;
/// The flags that have a meaning: sampled, and a random trace id.
const KNOWN_FLAGS: u8 = 0b11;

/// A place in a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceParent {
    /// The trace. Not all zero.
    pub trace_id: [u8; 16],
    /// The span that the sender was in. Not all zero.
    pub parent_id: [u8; 8],
    /// Whether the sender records the trace, in the lowest bit.
    pub flags: u8,
}

impl TraceParent {
    /// Bytes of [`TraceParent::to_bytes`].
    pub const BYTES: usize = 25;

    /// Reads what version 00 of the standard defines, also out of a later version; `None` if it is malformed.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let (known, rest) = bytes.split_at_checked(LENGTH)?;
        let [version] = hex(&known[..2])?;
        let goes_on = rest.first().is_none_or(|byte| *byte == b'-');
        if version == 0xff || !goes_on || (version == 0 && !rest.is_empty()) {
            return None;
        }
        if [known[2], known[35], known[52]] != [b'-'; 3] {
            return None;
        }
        let [flags] = hex(&known[53..])?;
        let parsed =
            Self { trace_id: hex(&known[3..35])?, parent_id: hex(&known[36..52])?, flags: flags & KNOWN_FLAGS };
        (parsed.trace_id != [0; 16] && parsed.parent_id != [0; 8]).then_some(parsed)
    }

    /// As it is stored.
    #[must_use]
    pub fn to_bytes(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        bytes[..16].copy_from_slice(&self.trace_id);
        bytes[16..24].copy_from_slice(&self.parent_id);
        bytes[24] = self.flags;
        bytes
    }

    /// The inverse of [`TraceParent::to_bytes`].
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; Self::BYTES] = bytes.try_into().ok()?;
        let (trace_id, rest) = bytes.split_first_chunk()?;
        let (parent_id, flags) = rest.split_first_chunk()?;
        Some(Self { trace_id: *trace_id, parent_id: *parent_id, flags: *flags.first()? })
    }
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("00-")?;
        self.trace_id.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str("-")?;
        self.parent_id.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        write!(f, "-{:02x}", self.flags)
    }
}

/// Lower-case hexadecimal digits, and nothing else.
fn hex<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn what_is_well_formed_comes_through_as_it_was() {
        let parsed = TraceParent::parse(GOOD).unwrap();
        assert_eq!(parsed.to_string(), GOOD);
        assert_eq!(TraceParent::from_bytes(&parsed.to_bytes()), Some(parsed));
        assert_eq!(TraceParent::from_bytes(&parsed.to_bytes()[1..]), None);
    }

    #[test]
    fn a_later_version_is_read_as_far_as_this_one_goes() {
        for later in [GOOD.replacen("00", "01", 1), GOOD.replacen("00", "cc", 1) + "-what-the-future-brings"] {
            assert_eq!(TraceParent::parse(&later).unwrap().to_string(), GOOD, "{later}");
        }
        assert_eq!(TraceParent::parse(&GOOD.replace("-01", "-ff")).unwrap().flags, 3);
    }

    #[test]
    fn what_is_malformed_is_nothing() {
        let zero_trace = GOOD.replace("0af7651916cd43dd8448eb211c80319c", &"0".repeat(32));
        let zero_parent = GOOD.replace("b7ad6b7169203331", &"0".repeat(16));
        let cases = [
            String::new(),
            GOOD[..54].into(),
            GOOD.to_uppercase(),
            GOOD.replacen("00", "ff", 1),
            GOOD.replacen("00", "0x", 1),
            GOOD.replace('-', "_"),
            GOOD.replace("319c-b7", "319cb7-"),
            format!("{GOOD}-more"),
            format!("{GOOD} "),
            format!(" {GOOD}"),
            GOOD.replacen("00", "01", 1) + "more",
            GOOD.replace("0af7", "0ag7"),
            GOOD.replace("0af7", "é7"),
            zero_trace,
            zero_parent,
        ];
        for bad in cases {
            assert_eq!(TraceParent::parse(&bad), None, "{bad}");
        }
    }
}
