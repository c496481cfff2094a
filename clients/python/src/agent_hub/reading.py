"""Reading: what an item holds, opened."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from agent_hub.answers import Item, Notification
from agent_hub.core import Core
from agent_hub.errors import AddressDisabled, NoKeys, NotFound, SealError
from agent_hub.items import ItemVerbs
from agent_hub.seal.envelope import Opened, Said, claimed_sender, is_sealed, open_envelope


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """An item that was read."""

    token: str
    sender: str
    """Who sent it. Only of a sealed one is that more than the hub's word."""
    name: str
    body: bytes = field(repr=False)
    sealed: bool
    """Whether it was encrypted and signed. Whatever is plain may be the hub's own invention."""
    to: tuple[str, ...]
    """The addresses that the hub says it was sent to."""
    reply_to: str | None
    """Token of the item that it answers."""
    created_at: datetime
    """When the hub stored it, says the hub."""
    sent_at: datetime | None
    """When it was sealed, says its sender."""

    @property
    def text(self) -> str:
        """The body as text; what is no UTF-8 is replaced."""
        return self.body.decode(errors="replace")


class ReadVerbs(ItemVerbs):
    """The verb `read`."""

    async def read(self, item: str | Notification) -> Message:
        """Retrieves an item, by its token or notification, and opens it.

        A sealed one is checked in every respect; a plain one is marked so (`sealed` is false). Of a notification it
        must be what was told: by whom, under which name, in answer to what.

        Raises what `retrieve` raises, and `SealError`.
        """
        got = await self.retrieve(item.token if isinstance(item, Notification) else item)
        if isinstance(item, Notification):
            _check_told(item, got)
        if not is_sealed(got.data):
            return _message(got, got.data.encode(errors="replace"), None)
        opened = await _open(self._core, got)
        return _message(got, opened.body, opened)


def _check_told(told: Notification, got: Item) -> None:
    for code, holds in (
        ("wrong_from", got.sender == told.sender),
        ("wrong_name", got.name == told.name),
        ("wrong_reply_to", got.reply_to == told.reply_to),
    ):
        if not holds:
            raise SealError(code, told.sender)


def _message(item: Item, body: bytes, opened: Opened | None) -> Message:
    return Message(
        token=item.token,
        sender=item.sender,
        name=item.name,
        body=body,
        sealed=opened is not None,
        to=item.to,
        reply_to=item.reply_to,
        created_at=item.created_at,
        sent_at=None if opened is None else _moment(opened.ts),
    )


def _moment(ms: int) -> datetime:
    """The sender's clock may say anything."""
    try:
        return datetime.fromtimestamp(ms / 1000, UTC)
    except (ValueError, OverflowError):
        return datetime.max.replace(tzinfo=UTC)


async def _open(core: Core, item: Item) -> Opened:
    try:
        opened = await _open_with_known_keys(core, item)
    except SealError as error:
        if error.code not in ("unknown_sender", "bad_signature"):
            raise
        # Keys that are not known yet, or were rotated.
        try:
            await core.learn_keys(claimed_sender(item.data) or item.sender)
        except (NoKeys, NotFound, AddressDisabled):
            raise error from None
        opened = await _open_with_known_keys(core, item)
    expires_at_ms = int((item.created_at.timestamp() + item.ttl) * 1000)
    core.require_vault().remember(opened, item.token, expires_at_ms)
    return opened


async def _open_with_known_keys(core: Core, item: Item) -> Opened:
    await core.hub_id()
    vault = core.require_vault()
    said = Said(sender=item.sender, name=item.name, reply_to=item.reply_to, token=item.token)
    return open_envelope(item.data, core.require_keyring(), said, vault.trust(), vault.clock())
