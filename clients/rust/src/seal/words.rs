//! Six words that people can compare: 96 bits of a signing key's hash as proquints (D. Wilkerson, arXiv:0901.4016).

use super::encoding::hash;

const CONSONANTS: &[u8; 16] = b"bdfghjklmnprstvz";
const VOWELS: &[u8; 4] = b"aiou";

/// The six words of an agent's signing key, separated by spaces.
///
/// ```
/// let words = agent_hub_client::seal::words::words("alice", &[7; 32]);
/// assert_eq!(words.split(' ').count(), 6);
/// ```
#[must_use]
pub fn words(agent: &str, sign: &[u8; 32]) -> String {
    let hashed = hash(&[b"agent-hub key words v1\0", agent.as_bytes(), b"\0", sign]);
    let words: Vec<_> = hashed[..12].chunks(2).map(|pair| proquint(u16::from_be_bytes([pair[0], pair[1]]))).collect();
    words.join(" ")
}

fn proquint(bits: u16) -> String {
    let consonant = |shift: u16| char::from(CONSONANTS[usize::from(bits >> shift & 15)]);
    let vowel = |shift: u16| char::from(VOWELS[usize::from(bits >> shift & 3)]);
    [consonant(12), vowel(10), consonant(6), vowel(4), consonant(0)].iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_bytes_are_the_published_proquint() {
        // 127.0.0.1 is `lusab-babad` in the paper.
        assert_eq!(proquint(0x7f00), "lusab");
        assert_eq!(proquint(0x0001), "babad");
    }
}
