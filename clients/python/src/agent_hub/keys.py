"""The agent's own keys, and those of its peers: the verbs on `hub.keys`."""

from __future__ import annotations

from dataclasses import dataclass

from agent_hub import limits
from agent_hub.core import Core
from agent_hub.errors import Invalid, KeyConflict, NoKeys, SealError
from agent_hub.rest import Call
from agent_hub.seal.bundle import Bundle
from agent_hub.seal.keyring import Keyring
from agent_hub.seal.suite import Suite
from agent_hub.seal.trust import Pin, Trust
from agent_hub.seal.words import are_words


@dataclass(frozen=True, slots=True)
class PeerKeys:
    """What is believed of an agent's keys."""

    agent: str
    version: int
    """1, and one more at each rotation."""
    suite: Suite
    words: str
    """The six words of its signing key, separated by spaces."""
    verified: bool
    """Whether somebody compared the words."""

    @classmethod
    def of(cls, agent: str, pin: Pin) -> PeerKeys:
        """Of a pin."""
        return cls(agent, pin.version, pin.enc.suite, pin.words(agent), pin.verified)


class Keys:
    """The verbs about keys."""

    def __init__(self, core: Core) -> None:
        self._core = core

    @property
    def words(self) -> str:
        """The agent's own six words: what its peers compare, over a way that is not the hub.

        Raises `NoKeys`.
        """
        return self._core.require_keyring().bundle.words

    async def publish(self) -> None:
        """Makes keys if there are none, and sees to it that the directory has them; `connect` does.

        Raises `KeyConflict`: the directory has others.
        """
        vault, before = self._core.require_vault(), None
        while True:
            await self._core.hub_id()
            told = (await self._core.find_peer("me")).keys
            keyring = vault.find_keyring()
            if keyring is None:
                if told is not None:
                    # Those were made elsewhere: others here would only be in their way.
                    raise self._conflict()
                keyring = vault.keyring_or_new(self._core.suite)
            if told is None or _follows(keyring.bundle, told):
                await self._put(keyring)
                return
            if told == keyring.bundle.to_json():
                self._pin(keyring)
                return
            # Another process may have rotated them meanwhile.
            if keyring == before:
                raise self._conflict()
            before = keyring

    def _conflict(self) -> KeyConflict:
        place = self._core.require_vault().place
        return KeyConflict(
            f"the directory has other keys for {self._core.agent} than {place}; "
            "if they are lost, connect(…, replace_keys=True) makes new ones"
        )

    async def rotate(self, suite: Suite | str | None = None) -> None:
        """Draws the next version of the agent's keys, of the same suite if none is named; peers follow by the chain.

        If the hub is not reached the keys are rotated all the same: the directory hears of it at the next `publish`.
        """
        await self.publish()
        await self._put(self._core.require_vault().rotate_keyring(None if suite is None else Suite(suite)))

    async def replace(self, suite: Suite | str | None = None) -> None:
        """Draws keys without a chain: every peer that knows the old ones refuses them until it has verified the words.

        For keys that leaked or were lost.
        """
        vault, told = self._core.require_vault(), (await self._core.find_peer("me")).keys
        known = 0 if told is None else _version_of(told, self._core.agent)
        await self._put(vault.replace_keyring(None if suite is None else Suite(suite), known))

    async def of(self, agent: str) -> PeerKeys:
        """What is believed of a peer's keys, after a look at the directory.

        Raises `NotFound`, `NoKeys`; `SealError`: they are not believed.
        """
        return PeerKeys.of(agent, await self._core.learn_keys(limits.agent(agent)))

    async def verify(self, agent: str, words: str) -> PeerKeys:
        """Compares the six words that a peer says are its own with those of the keys in the directory.

        If they are the same, these keys are believed from now on, also if they were changed without a chain.

        Raises `Invalid`: the words are not the same. `NotFound`, `NoKeys`, `SealError`.
        """
        core, vault = self._core, self._core.require_vault()
        peer = await core.find_peer(limits.agent(agent))
        if peer.keys is None:
            raise NoKeys(f"{agent} has no keys yet")
        bundle = Bundle.read(peer.keys, agent)
        if not are_words(words, bundle.words):
            raise Invalid(f"these are not the words of the keys that the hub has for {agent}")
        core.forget_key(agent)
        return PeerKeys.of(agent, vault.change(lambda trust: trust.verify(bundle, vault.clock())))

    async def _put(self, keyring: Keyring) -> None:
        await self._core.rest.call(Call.json("PUT", "/secure/agents/me/keys", keyring.bundle.to_json()))
        self._pin(keyring)

    def _pin(self, keyring: Keyring) -> None:
        """This agent knows itself by its own file, and not by what the hub says."""
        vault = self._core.require_vault()

        def pin(trust: Trust) -> None:
            trust.accept_own(keyring.bundle, vault.clock())

        vault.change(pin)


def _follows(mine: Bundle, told: object) -> bool:
    """Whether the directory has keys of before: a rotation was cut off before it heard of it."""
    try:
        theirs = Pin.accept(None, Bundle.read(told, mine.agent), 0)
        return mine.version > theirs.version and Pin.accept(theirs, mine, 0) is not theirs
    except SealError:
        return False


def _version_of(told: object, agent: str) -> int:
    """The version of the keys in the directory; 0 where they are none that anybody believes."""
    try:
        return Bundle.read(told, agent).version
    except SealError:
        return 0
