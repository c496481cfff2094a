"""The JWT: one login serves all requests, and the next comes before it ends."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

from agent_hub.fields import Fields, Foreign, from_json


@dataclass(frozen=True, slots=True)
class Jwt:
    """A JWT in use."""

    text: str = field(repr=False)
    hub: str
    """The hub id: whom it is for."""
    renew_at: float
    """When to get the next one, by the event loop's clock."""

    @classmethod
    def from_answer(cls, answer: Fields, asked_at: float) -> Jwt:
        """Takes over what a login answered, that was asked at `asked_at` of the event loop's clock."""
        text = answer.text("token")
        claims = Fields(from_json(_claims(text)))
        # By its length, not by this machine's clock, which may be wrong.
        life = claims.number("exp") - claims.number("iat")
        before_its_end = min(max(life / 10, 60.0), life / 2)
        return cls(text, claims.text("aud"), asked_at + life - before_its_end)


def _claims(jwt: str) -> bytes:
    try:
        part = jwt.split(".")[1]
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (IndexError, ValueError) as error:
        raise Foreign("no JWT") from error
