"""An agent's files: profiles, keys, trust, and what was opened."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

import agent_hub
from agent_hub import ProfileError, SealError, errors
from agent_hub.files import Files
from agent_hub.profile import Profile, default_folder
from agent_hub.seal.envelope import Opened
from agent_hub.seal.suite import Suite
from agent_hub.vault import Vault
from harness import RunningHub

DAY_MS = 24 * 3600 * 1000
NOW_MS = 1_780_000_000_000
"""2026-05-28."""


class Clock:
    """A clock that is turned by hand."""

    def __init__(self) -> None:
        self.now_ms = NOW_MS

    def __call__(self) -> int:
        return self.now_ms


def opened(envelope_id: str, sender: str = "alice") -> Opened:
    return Opened(sender=sender, id=envelope_id, ts=0, to=("bob",), body=b"")


def write(folder: Path, name: str, text: str) -> None:
    (folder / "profiles").mkdir(exist_ok=True)
    (folder / "profiles" / name).write_text(text)


def test_profiles_are_in_the_folder_that_the_environment_names(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AGENT_HUB_DATA_DIR", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", "/home/x")
    assert default_folder() == Path("/home/x/.local/share/agent-hub")
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert default_folder() == Path("/data/agent-hub")
    monkeypatch.setenv("AGENT_HUB_DATA_DIR", "/hub")
    assert default_folder() == Path("/hub")


async def test_a_profile_that_the_hub_made_is_enough_to_connect(
    hub: RunningHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENT_HUB_DATA_DIR", str(hub.folder))
    alice = hub.agent("alice")
    async with agent_hub.connect(alice.name) as a:
        assert (a.agent, a.url) == (alice.name, hub.url)
    b = await agent_hub.connect(alice.name)
    async with b:
        assert await b.peer(alice.name)


def test_a_profile_names_its_hub_or_is_of_the_hub_of_its_folder(tmp_path: Path) -> None:
    write(tmp_path, "bob.json", '{"agent":"bob","api_key":"k","newer":1}')
    assert Profile.load("bob", tmp_path).credentials.url == "http://127.0.0.1:3000"
    (tmp_path / "hub.url").write_text("http://127.0.0.1:4000\n")
    assert Profile.load("bob", tmp_path).credentials.url == "http://127.0.0.1:4000"
    write(tmp_path, "bob.json", '{"agent":"bob","api_key":"k","hub":"https://hub.example/"}')
    assert Profile.load("bob", tmp_path).credentials.url == "https://hub.example"


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"agent":"carol","api_key":"k"}', '{"agent":"bob","api_key":1}', "\udcff"]
)
def test_a_profile_that_is_none_is_told_of_by_its_path(tmp_path: Path, text: str) -> None:
    with pytest.raises(ProfileError, match=r"bob\.json"):
        agent_hub.connect("bob", folder=tmp_path)
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "bob.json").write_bytes(os.fsencode(text))
    with pytest.raises(ProfileError, match=r"bob\.json"):
        agent_hub.connect("bob", folder=tmp_path)
    for name in ("../bob", "Bob", ""):
        with pytest.raises(errors.Invalid):
            agent_hub.connect(name, folder=tmp_path)


def test_files_that_are_damaged_or_unreadable_are_told_of_and_not_replaced(tmp_path: Path) -> None:
    vault = Vault("bob", Files(tmp_path, "bob"))
    for name, look in (("bob+keys.json", vault.find_keyring), ("bob+trust.json", vault.trust)):
        for text in ("", "{", "[]", '{"agent":"bob"}' if "keys" in name else '{"pins":{"alice":{}}}'):
            write(tmp_path, name, text)
            with pytest.raises(ProfileError, match=name.replace("+", r"\+")):
                look()
            assert (tmp_path / "profiles" / name).read_text() == text
    with pytest.raises(ProfileError):
        vault.keyring_or_new(Suite.X25519)


def test_the_files_of_an_agent_are_not_those_of_one_whose_name_begins_so(tmp_path: Path) -> None:
    for agent in ("bob", "bob.keys", "bob-seen", "bobby"):
        Vault(agent, Files(tmp_path, agent)).keyring_or_new(Suite.X25519)
        Vault(agent, Files(tmp_path, agent)).remember(opened("i"), "t", 0)
    assert [date for date, _ in Files(tmp_path, "bob").find("+seen-")] != []
    assert len(Files(tmp_path, "bob").find("+seen-")) == 1


def test_a_rotation_keeps_eight_keys_of_before_and_thirty_two_links(tmp_path: Path) -> None:
    vault = Vault("bob", Files(tmp_path, "bob"))
    first = vault.keyring_or_new(Suite.X25519)
    for _ in range(40):
        last = vault.rotate_keyring(None)
    assert (last.version, len(last.prev), len(last.retired)) == (41, 32, 8)
    assert last.find(Suite.X25519, first.enc.public.id) is None
    again = Vault("bob", Files(tmp_path, "bob")).find_keyring()
    assert again == last
    assert vault.replace_keyring(Suite.XWING, 50).version == 51


def test_what_one_process_writes_another_sees_at_once(tmp_path: Path) -> None:
    one, two = (Vault("bob", Files(tmp_path, "bob")) for _ in range(2))
    assert one.keyring_or_new(Suite.X25519) == two.find_keyring()
    one.rotate_keyring(None)
    assert two.find_keyring() == one.find_keyring()
    assert one.change(lambda trust: trust.know_hub("h1")) == "h1"
    assert two.change(lambda trust: trust.know_hub("h2")) == "h1"
    one.remember(opened("i"), "t1", 0)
    assert two.trust().token_of("alice", "i") == "t1"
    with pytest.raises(SealError):
        two.remember(opened("i"), "t2", 0)
    two.remember(opened("i"), "t1", 0)
    two.remember(opened("i", "carol"), "t3", 0)
    assert one.trust().token_of("carol", "i") == "t3"


def test_what_was_opened_is_remembered_until_it_expires_and_for_a_day_at_least(tmp_path: Path) -> None:
    clock = Clock()
    vault = Vault("bob", Files(tmp_path, "bob"), clock)
    vault.remember(opened("short"), "t1", NOW_MS + 1000)
    vault.remember(opened("long"), "t2", NOW_MS + 10 * DAY_MS)
    vault.remember(opened("for ever".replace(" ", "-")), "t3", 10**17)
    names = sorted(path.name for path in (tmp_path / "profiles").iterdir() if "seen" in path.name)
    assert names == ["bob+seen-2026-05-29", "bob+seen-2026-06-07", "bob+seen-9999-12-31"]
    clock.now_ms = NOW_MS + DAY_MS - 1
    assert vault.trust().token_of("alice", "short") == "t1"
    clock.now_ms = NOW_MS + 2 * DAY_MS
    for process in (vault, Vault("bob", Files(tmp_path, "bob"), clock)):
        assert process.trust().token_of("alice", "short") is None
        assert process.trust().token_of("alice", "long") == "t2"
        assert process.trust().token_of("alice", "for-ever") == "t3"
    assert not (tmp_path / "profiles" / "bob+seen-2026-05-29").exists()


def test_a_line_that_was_torn_does_not_spoil_the_next(tmp_path: Path) -> None:
    clock = Clock()
    vault = Vault("bob", Files(tmp_path, "bob"), clock)
    vault.remember(opened("a"), "t1", 0)
    with (tmp_path / "profiles" / "bob+seen-2026-05-29").open("a") as seen:
        seen.write("alice b t")
    vault.remember(opened("c"), "t3", 0)
    again = Vault("bob", Files(tmp_path, "bob"), clock).trust()
    assert (again.token_of("alice", "a"), again.token_of("alice", "c")) == ("t1", "t3")
    assert again.token_of("alice", "b") is None


def test_an_earlier_signing_key_is_believed_for_seven_days(tmp_path: Path) -> None:
    clock = Clock()
    vault, peer = Vault("bob", Files(tmp_path, "bob"), clock), Vault("alice", None)
    before = peer.keyring_or_new(Suite.X25519).bundle
    vault.change(lambda trust: trust.accept(before, clock()))
    pin = vault.change(lambda trust: trust.accept(peer.rotate_keyring(None).bundle, clock()))
    assert before.sign in list(pin.signing_keys(NOW_MS + 7 * DAY_MS - 1))
    assert before.sign not in list(pin.signing_keys(NOW_MS + 7 * DAY_MS))
    written = json.loads((tmp_path / "profiles" / "bob+trust.json").read_text())
    assert written["pins"]["alice"]["past"][0][1] == NOW_MS + 7 * DAY_MS
