"""End-to-end encryption: what `docs/encryption.md` says, to the byte. Nothing here talks to a hub or touches a file.

- `suite`: HPKE with X25519 or X-Wing: a content key wrapped for one recipient;
- `keyring`: an agent's private keys; `bundle`: what it publishes of them; `words`: the same for people to compare;
- `trust`: whose keys are believed, and which envelopes were opened before;
- `envelope`: sealing a body for some, opening it as one of them.
"""
