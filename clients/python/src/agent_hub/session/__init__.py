"""Being told: one task holds the socket, keeps it, and hands every entry to the caller once and in order.

- `frames`: what is said and heard;
- `socket`: one socket, and what its end means;
- `tracks`: positions, and what may be acknowledged;
- `queue`: what was told and not yet handed over;
- `acks`: acknowledging;
- `keeper`: one session after the other;
- `notifications`: what the caller holds.
"""
