//! Names: of agents, of channels, of addresses, of items. One rule each, checked at the edge, so that everything behind
//! it can rely on the type.

use std::fmt;

use crate::limits::{ITEM_NAME_MAX_CHARS, NAME_MAX_BYTES};

/// Why a name is refused. Never repeats the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Not 1–64 of `a-z 0-9 . _ -`, first a letter or digit.
    #[error("must be 1 to 64 of a-z 0-9 . _ -, and start with a letter or digit")]
    Form,
    /// A reserved word.
    #[error("is reserved")]
    Reserved,
    /// An item name that is empty or too long.
    #[error("must have 1 to 100 characters")]
    ItemLength,
    /// An item name with a control, direction or invisible character.
    #[error("must not contain control, direction or invisible characters")]
    ItemCharacter,
}

fn check(name: &str) -> Result<(), NameError> {
    let bytes = name.as_bytes();
    let inner = |b: &u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-');
    let first = bytes.first().is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    if first && bytes.len() <= NAME_MAX_BYTES && bytes.iter().all(inner) { Ok(()) } else { Err(NameError::Form) }
}

/// The name of an agent: 1–64 of `a-z 0-9 . _ -`, first a letter or digit; never `me`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AgentName(Box<str>);

impl AgentName {
    /// Checks `name`.
    ///
    /// # Errors
    /// [`NameError::Form`] or [`NameError::Reserved`].
    pub fn parse(name: &str) -> Result<Self, NameError> {
        check(name)?;
        if name == "me" { Err(NameError::Reserved) } else { Ok(Self(name.into())) }
    }

    /// The name as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AgentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of a channel, kept with its `#`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChannelName(Box<str>);

impl ChannelName {
    /// Checks a name that may be written with or without its `#` (a path cannot carry one).
    ///
    /// # Errors
    /// [`NameError::Form`].
    pub fn parse(name: &str) -> Result<Self, NameError> {
        let bare = name.strip_prefix('#').unwrap_or(name);
        check(bare)?;
        Ok(Self(format!("#{bare}").into()))
    }

    /// The name with its `#`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ChannelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where data is sent: an agent or a channel.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Address {
    /// An agent's own stream.
    Agent(AgentName),
    /// A channel's stream.
    Channel(ChannelName),
}

impl Address {
    /// Checks an address: a channel if it starts with `#`, else an agent.
    ///
    /// # Errors
    /// As [`AgentName::parse`] and [`ChannelName::parse`].
    pub fn parse(address: &str) -> Result<Self, NameError> {
        if address.starts_with('#') {
            ChannelName::parse(address).map(Self::Channel)
        } else {
            AgentName::parse(address).map(Self::Agent)
        }
    }

    /// The address as written: `alice` or `#research`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Agent(name) => name.as_str(),
            Self::Channel(name) => name.as_str(),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether `c` could make an item's name look like another, or reach a terminal as a command: control characters, line and
/// direction marks, zero-width space, byte order mark, interlinear marks. The joiners U+200C and U+200D stay lawful:
/// Persian and many emoji need them.
#[must_use]
pub fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}')
}

/// Checks the `name` of an item: 1–100 characters, nothing that hides or reorders text.
///
/// # Errors
/// [`NameError::ItemLength`] or [`NameError::ItemCharacter`].
pub fn check_item_name(name: &str) -> Result<(), NameError> {
    // Four bytes is the longest character: a quick bound before counting.
    if name.is_empty() || name.len() > 4 * ITEM_NAME_MAX_CHARS || name.chars().count() > ITEM_NAME_MAX_CHARS {
        return Err(NameError::ItemLength);
    }
    if name.chars().any(is_deceptive) { Err(NameError::ItemCharacter) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_name_is_lower_case_and_short() {
        for good in ["a", "0", "alice", "a.b_c-9", &"x".repeat(64)] {
            assert!(AgentName::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "Alice", "-a", ".a", "a b", "a ", "é", "a\0", "#a", "*", &"x".repeat(65)] {
            assert_eq!(AgentName::parse(bad), Err(NameError::Form), "{bad}");
        }
        assert_eq!(AgentName::parse("me"), Err(NameError::Reserved));
    }

    #[test]
    fn a_channel_is_named_with_or_without_its_mark() {
        assert_eq!(ChannelName::parse("research"), ChannelName::parse("#research"));
        assert!(ChannelName::parse("##x").is_err());
        assert!(matches!(Address::parse("#x"), Ok(Address::Channel(_))));
    }

    #[test]
    fn an_item_name_may_be_any_honest_text() {
        for good in ["x", "naïve 日本語 👩‍💻 שלום", &"é".repeat(100), "<b>'\"</b>", "می‌خواهم"]
        {
            assert!(check_item_name(good).is_ok(), "{good}");
        }
        assert_eq!(check_item_name(""), Err(NameError::ItemLength));
        assert_eq!(check_item_name(&"é".repeat(101)), Err(NameError::ItemLength));
        for bad in ["a\0", "a\r\nb", "\x1b[2J", "a\u{202E}b", "a\u{200B}", "\u{FEFF}a", "a\u{2066}"] {
            assert_eq!(check_item_name(bad), Err(NameError::ItemCharacter), "{bad:?}");
        }
    }
}
