"""Imports point one way, towards the nouns. A new module is given its place here, or this fails."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# Each line may import the lines above it; names on one line are blind to each other. `log` is for everyone.
ORDER = """
    errors log hapi_pb2
    money ids egress misread
    chain sends channel environment rate
    abilities
    payment merchant webhook key audit policy
    invoice
    credit metrics traces
    access sealing challenge wire rates redis_url
    paywall
    chains channels store
    terms ask settlement selling payees
    followed
    tail
    checkout proof stream report outcomes worth
    following recording verifying
    relay assign
    claimant
    desk
    worker tell facilitator background
    server devnet devchain chain_modules
    settings
    outgoing doors vitals news x402
    app wallet evm_wallet
    client
    commands
    cli
    __main__
"""
NOUNS = {
    "errors",
    "money",
    "ids",
    "chain",
    "abilities",
    "sends",
    "channel",
    "environment",
    "payment",
    "merchant",
    "key",
    "audit",
    "policy",
    "invoice",
    "credit",
    "rate",
}
SEEN_ONLY_BY = {  # the rest of the relay knows what these stand for, never which they are
    "hapi_pb2": {"chains", "devnet", "wallet"},
    "chains": set(),  # found by its CAIP-2 namespace: app imports it by name, as adding a chain is adding a file
    "channels": {"server", "app", "outgoing", "news", "commands"},
    "devnet": {"commands"},
    "devchain": {"commands"},
    "app": {"commands"},
    "__main__": set(),
}
SEES_ONLY = {
    "devnet": {*NOUNS, "hapi_pb2", "log"},  # a check on chains/hedera, so it must not share its mistakes
    "client": {"errors", "log", "money", "wire", "wallet", "evm_wallet"},  # runs in the processes of others
    "paywall": {"errors", "log", "money", "access", "wire"},  # runs in the processes of others, and asks a relay
}
EACH_ALONE = {"chains", "channels"}  # one outside system per module or package, blind to its siblings

RANK = {name: rank for rank, line in enumerate(ORDER.strip().splitlines()) for name in line.split()}
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted((ROOT / "relay").rglob("*.py"))
}


def imports(source: str) -> Iterator[str]:
    """Every `relay.…` that a module imports, wherever in it; `from relay.x import y` counts as `relay.x.y`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            assert not node.level, f"line {node.lineno}: a relative import; write relay.… in full"
            yield from (f"{node.module}.{alias.name}" for alias in node.names if node.module)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def fault(importer: str, imported: str) -> str | None:
    """What is wrong with this import, if anything is."""
    own, other = importer.split(".")[1:], imported.split(".")[1:]
    if not imported.startswith("relay.") or own[:1] == other[:1]:
        alone = imported.startswith("relay.") and own[0] in EACH_ALONE and own[1:2] != other[1:2]
        return f"modules in {own[0]} are blind to each other" if alone else None
    if other[0] not in RANK:
        return f"{other[0]} has no place in ORDER"
    if own[0] not in SEEN_ONLY_BY.get(other[0], {own[0]}):
        return f"{other[0]} is none of {own[0]}'s business"
    if other[0] not in SEES_ONLY.get(own[0], {other[0]}):
        return f"{own[0]} sees only {', '.join(sorted(SEES_ONLY[own[0]]))}"
    if other[0] != "log" and RANK[other[0]] >= RANK[own[0]]:
        return f"{other[0]} is not to the left of {own[0]}"
    return None


def test_every_module_has_its_place():
    unplaced = {name.split(".")[1] for name in MODULES if "." in name} - RANK.keys()
    assert not unplaced, f"give {', '.join(sorted(unplaced))} a place in ORDER: what may it import, who may import it?"


def test_every_place_has_its_module():
    assert {name.split(".")[1] for name in MODULES if "." in name} >= RANK.keys()


@pytest.mark.parametrize("name", [name for name in MODULES if "." in name])
def test_imports_point_towards_the_nouns(name):
    faults = [(each, why) for each in imports(MODULES[name].read_text()) if (why := fault(name, each))]
    assert not faults


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("relay.money", "relay.payment.Payment"),
        ("relay.chain", "relay.channel.Event"),
        ("relay.payment", "relay.hapi_pb2"),
        ("relay.store.journal", "relay.channels.room"),
        ("relay.chains.hedera", "relay.store.journal"),
        ("relay.chains.hedera.link", "relay.chains.eip155.rpc"),
        ("relay.chains.hedera", "relay.devnet.genesis"),
        ("relay.relay", "relay.chains.hedera"),
        ("relay.worker", "relay.channels.room"),
        ("relay.relay", "relay.server.socket"),
        ("relay.server.http", "relay.settings.Settings"),
        ("relay.devnet.node", "relay.chains.hedera"),
        ("relay.devnet.node", "relay.store.journal"),
        ("relay.app", "relay.chains.hedera"),
        ("relay.app", "relay.helpers"),
    ],
)
def test_an_import_against_the_rule_is_caught(importer, imported):
    assert fault(importer, imported)


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("relay.payment", "relay.chain.Taken"),
        ("relay.chains.hedera.link", "relay.chains.hedera.names"),
        ("relay.money", "relay.log"),
        ("relay.devnet.node", "relay.hapi_pb2"),
        ("relay.app", "importlib"),
    ],
)
def test_an_import_by_the_rule_is_let_through(importer, imported):
    assert fault(importer, imported) is None
