"""`relay merchant`, `relay key`, `relay audit` as an operator types them; and what will not start (threat 2)."""

from __future__ import annotations

import asyncio
import os
import stat
from pathlib import Path

import pytest

from relay.cli import main
from relay.sealing import Keyring
from relay.store.database import open_database
from relay.store.idempotency import Done, Fresh, Idempotency
from relay.store.keys import Keys
from relay.store.migrate import migrate
from tests.servers.relay_process import SIGNING_KEY
from tests.store.nouns import NOW

Typed = tuple[int, str, str]


class Shell:
    """A folder with a relay.toml, and commands run in it."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.url = f"sqlite:///{folder}/relay.db"
        self._capture = capture

    def write(self, networks: str = '[chains."hedera:testnet"]', more: str = "") -> None:
        head = f'public_url = "https://pay.example.com"\nsigning_key = "{SIGNING_KEY}"\ndatabase = "{self.url}"'
        (self.folder / "relay.toml").write_text(f"{head}\n{more}\n{networks}\n")

    def type(self, line: str) -> Typed:
        words = [*line.split(), "--config", str(self.folder / "relay.toml")]
        try:
            code = main(words)
        except SystemExit as exit:  # argparse
            code = int(exit.code or 0)
        out, err = self._capture.readouterr()
        return code, out, err


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    shell = Shell(tmp_path, capsys)
    shell.write()
    assert shell.type("migrate")[0] == 0
    assert shell.type("merchant add shop --name Shop --account hedera:testnet=0.0.2001")[0] == 0
    return shell


def test_a_merchant_can_change(shell: Shell) -> None:
    assert shell.type("merchant update shop --origin https://New.example/ --account hedera:testnet=0.0.2009")[0] == 0
    assert shell.type("merchant update shop --name Boutique")[0] == 0
    _, out, _ = shell.type("merchant list")
    assert out == "shop\tBoutique\thttps://new.example\thedera:testnet=0.0.2001 hedera:testnet=0.0.2009\n"
    assert shell.type("merchant update nobody --name x")[0] == 1


@pytest.mark.parametrize(
    ("line", "code", "says"),
    [
        ("merchant add", 2, "merchant add ID"),
        ("merchant add UPPER", 2, "lower-case"),
        ("merchant add b --account bob", 2, "NETWORK=ACCOUNT"),
        ("merchant add b --account hedera:testnet=bob", 2, "bob"),
        ("merchant add b --account hedera:mainnet=0.0.5", 2, "no hedera:mainnet"),
        ("merchant add b --account nonsense=0.0.5", 2, "CAIP-2"),
        ("merchant add b --origin ftp://b.example", 2, "origin"),
        ("merchant update shop", 2, "--name"),
        ("merchant add-account shop", 2, "--account"),
        ("merchant add b --account hedera:testnet=0.0.2001", 1, "another merchant"),
        ("merchant remove-account shop --account hedera:testnet=0.0.2009", 1, "not an account of shop"),
        ("merchant remove-account nobody --account hedera:testnet=0.0.2001", 1, "no merchant"),
        ("merchant", 2, "relay merchant: the following arguments are required"),
        ("serve --forever", 2, "relay serve: unrecognized arguments: --forever"),
        ("key add", 2, "key add MERCHANT"),
        ("key add shop --role owner --scope invoices:write", 2, "not both"),
        ("key add nobody", 1, "no merchant"),
        ("key add shop --scope everything", 2, "everything"),
        ("key add shop --role god", 2, "role"),
        ("key add shop --role owner --expires soon", 2, "90d"),
        ("key add shop --publishable --scope invoices:write", 2, "origins"),
        ("key add shop --publishable --scope keys:write --origin https://a.example", 2, "keys:write"),
        ("key add shop --origin https://a.example", 2, "origins"),
        ("key revoke shop", 2, "--prefix"),
        ("key revoke shop --prefix sk_live_AAAAAAAA", 1, "no valid key"),
        ("key rotate shop --prefix sk_live_AAAAAAAA", 1, "no valid key"),
        ("audit verify --head nonsense", 2, "SEQ:HASH"),
        ("audit verify --head 1:abc", 1, "written anew"),
        ("audit verify --head 99:abc", 1, "written anew"),
    ],
)
def test_misuse_exits_with_2_and_failure_with_1(shell: Shell, line: str, code: int, says: str) -> None:
    got, out, err = shell.type(line)
    assert (got, out) == (code, ""), err
    assert says in err and err.count("\n") == 1 and err.count("relay ") <= 1 + err.count("`relay ")


def test_a_key_is_one_line_and_may_what_was_asked(shell: Shell) -> None:
    code, out, _ = shell.type("key add shop")
    assert code == 0 and out.startswith("sk_test_") and out.count("\n") == 1
    cashier = shell.type("key add shop --role cashier --expires 90d --name till")[1].strip()
    page = shell.type("key add shop --publishable --scope invoices:write --origin https://a.example")[1].strip()
    assert page.startswith("pk_test_")
    listed = shell.type("key list shop")[1]
    assert "may everything" in listed and "may events:read,invoices:read,invoices:write,payments:read" in listed
    assert out.strip() not in listed

    successor = shell.type(f"key rotate shop --prefix {cashier[:16]} --overlap 1h")[1].strip()
    assert successor.startswith("sk_test_") and successor != cashier
    assert shell.type(f"key revoke shop --prefix {page[:16]}…")[0] == 0  # as the list shows it

    code, out, _ = shell.type("audit verify")
    assert code == 0 and out.startswith("6 entries, unbroken; head 6:")
    assert shell.type(f"audit verify --head {out.split()[-1]}")[0] == 0
    listed = shell.type("audit list shop")[1]
    assert [line.split('"action": "')[1].split('"')[0] for line in listed.splitlines()] == [
        "merchant.added", "key.added", "key.added", "key.added", "key.rotated", "key.revoked",
    ]  # fmt: skip
    assert not any(secret[16:] in listed for secret in (cashier, page, successor))


async def test_a_tampered_log_is_an_error_that_names_the_entry(shell: Shell) -> None:
    async with open_database(shell.url) as db:
        await db.write(lambda tx: tx.run("UPDATE audit SET subject = 'x' WHERE seq = 1"))
    code, _, err = await asyncio.to_thread(shell.type, "audit verify")
    assert code == 1 and "entry 1 was changed" in err


async def test_keys_are_live_where_there_is_a_live_network(shell: Shell) -> None:
    shell.write('[chains."hedera:mainnet"]\n[chains."hedera:testnet"]', f'master_key = "{"ab" * 32}"')
    for line, start in (("key add shop", "sk_live_"), ("key add shop --test", "sk_test_")):
        code, out, err = await asyncio.to_thread(shell.type, line)
        assert code == 0 and out.startswith(start), err
    async with open_database(shell.url) as db:
        assert {str(key.environment) for key in await Keys(db).of("shop")} == {"live", "test"}


BOOT = [  # what is configured, what the environment holds, and the word of the refusal; None: it starts
    ("hedera:testnet", "", {}, None),
    ("hedera:mainnet", "", {}, "live network"),
    ("eip155:8453", "", {}, "live network"),
    ("eip155:123456", "", {}, "live network"),
    ("hedera:mainnet", 'master_key = "$MASTER"', {"MASTER": "ab" * 32}, None),
    ("hedera:mainnet", 'master_key = "$MASTER"', {"MASTER": ""}, "MASTER is not set"),
    ("hedera:mainnet", 'master_key = "$MASTER"', {}, "MASTER is not set"),
    ("hedera:mainnet", 'master_key = ""', {}, "master_key"),
    ("hedera:testnet", 'master_key = ""', {}, "master_key"),
    ("hedera:mainnet", 'master_key = "00"', {}, "master_key"),
    ("hedera:mainnet", 'master_key_file = "missing.key"', {}, "cannot be read"),
    ("hedera:testnet", 'master_key_file = "missing.key"', {}, "cannot be read"),
    ("hedera:testnet", 'signing_key = "$SIGNING"', {"SIGNING": ""}, "SIGNING is not set"),
    ("hedera:testnet", 'signing_key = ""', {}, "signing_key"),
    ("hedera:testnet", 'signing_key = "00"', {}, "signing_key"),
]


@pytest.mark.parametrize(("network", "secret", "environment", "says"), BOOT)
def test_nothing_starts_with_a_secret_that_is_missing_or_empty(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    network: str,
    secret: str,
    environment: dict[str, str],
    says: str | None,
) -> None:
    """Threat 2: what checks signatures or opens secrets is there, or the relay is not."""
    for name in ("MASTER", "SIGNING"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    shell = Shell(tmp_path, capsys)
    shell.write(f'[chains."{network}"]', secret)
    text = (tmp_path / "relay.toml").read_text()
    if secret.startswith("signing_key"):
        (tmp_path / "relay.toml").write_text(text.replace(f'signing_key = "{SIGNING_KEY}"\n', ""))
    code, _, err = shell.type("serve")
    assert code == 1 and err.count("\n") == 1
    if says is None:
        assert "relay migrate" in err  # it got as far as the database, which is empty
    else:
        assert says in err
        assert not (tmp_path / "relay.db").exists()  # it refused before it touched anything


async def test_the_master_key_is_changed_by_two_commands(shell: Shell) -> None:
    file = shell.folder / "master.key"
    file.write_text("ab" * 32 + "\n")
    file.chmod(0o600)
    shell.write(more=f'master_key_file = "{file}"')
    async with open_database(shell.url) as db:
        await migrate(db)
        answers = Idempotency(db, Keyring([bytes.fromhex("ab" * 32)]))
        fresh = await answers.begin("shop", "k1", "digest", NOW)
        assert isinstance(fresh, Fresh)
        await answers.finish(fresh, 201, b"secret", NOW)

    code, out, err = await asyncio.to_thread(shell.type, "key rotate-master")

    assert code == 0 and out.startswith("1 secrets sealed anew"), err
    new, old = file.read_text().split()
    assert old == "ab" * 32 != new and stat.S_IMODE(os.stat(file).st_mode) == 0o600
    async with open_database(shell.url) as db:
        later = Idempotency(db, Keyring([bytes.fromhex(new)]))
        assert await later.begin("shop", "k1", "digest", NOW) == Done(201, b"secret")
    assert (await asyncio.to_thread(shell.type, "key rotate-master"))[1].startswith("0 secrets")
    assert new not in out and old not in out
