//! How entries are named: `42` in the agent's own stream, `#research/42` in a channel's, `bob/17` in that of somebody it sent to.

use std::{fmt, str::FromStr};

use agent_hub_protocol::{body::InboxAnswer, limits::SEQ_MAX, name::Address};

use crate::cli::Failure;

/// The name of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct Reference {
    /// The stream; `None` for the agent's own.
    pub stream: Option<String>,
    /// The number; 0 is before the first.
    pub seq: i64,
}

impl Reference {
    /// The name of an entry, as `me` would write it.
    pub fn to(me: &str, stream: &str, seq: i64) -> Self {
        Self { stream: (stream != me).then(|| stream.to_owned()), seq }
    }

    /// The stream, for the agent `me`.
    pub fn stream<'a>(&'a self, me: &'a str) -> &'a str {
        self.stream.as_deref().unwrap_or(me)
    }

    /// It is in none of the streams of `me`: who wrote it may have meant a channel.
    pub fn stray(&self, me: &str, here: &InboxAnswer) -> String {
        let stream = self.stream(me);
        let channel = format!("#{stream}");
        if stream.starts_with('#') {
            format!("{me} is not in {stream}")
        } else if here.streams.contains_key(&channel) {
            format!("{self} is in no stream of {me} (for the channel say '{channel}/{}')", self.seq)
        } else {
            format!("{self} is in no stream of {me}")
        }
    }

    /// Its stream has no such number yet.
    pub fn beyond(&self, head: i64) -> Failure {
        Failure::Other(format!("there is no entry {self}; the last is {head}"))
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.stream {
            Some(stream) => write!(f, "{stream}/{}", self.seq),
            None => write!(f, "{}", self.seq),
        }
    }
}

impl FromStr for Reference {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let told = || "an entry is named 42, #channel/42, or NAME/42 for what was sent to NAME".to_owned();
        let (stream, seq) = match text.rsplit_once('/') {
            Some((stream, seq)) => (Some(stream.to_owned()), seq),
            None => (None, text),
        };
        if stream.as_deref().is_some_and(|stream| Address::parse(stream).is_err()) {
            return Err(told());
        }
        let digits = !seq.is_empty() && seq.bytes().all(|byte| byte.is_ascii_digit());
        let seq = seq.parse().ok().filter(|seq| digits && (0..=SEQ_MAX).contains(seq)).ok_or_else(told)?;
        Ok(Self { stream, seq })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_named_by_their_numbers() {
        for (text, stream, seq) in [("42", None, 42), ("#team/7", Some("#team"), 7), ("bob/1", Some("bob"), 1)] {
            let read: Reference = text.parse().unwrap();
            assert_eq!((read.stream.as_deref(), read.seq), (stream, seq));
            assert_eq!(read.to_string(), text);
        }
        for bad in ["", "-1", "+1", "x", "#team", "/4", "Bob/4", "9007199254740992", "4/"] {
            assert!(bad.parse::<Reference>().is_err(), "{bad}");
        }
    }
}
