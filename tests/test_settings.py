"""relay.toml: $NAME, unknown keys, and what is shown of it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from relay.errors import Misconfigured
from relay.settings import ServerOptions, load, read, show

KEY = "5ec0" * 16
GOOD = {"public_url": "https://pay.example.com", "signing_key": KEY, "chains": {"hedera:testnet": {}}}


@pytest.fixture
def toml(tmp_path):
    def write(text: str) -> Path:
        path = tmp_path / "relay.toml"
        path.write_text(text)
        return path

    return write


SMALL = f"""
public_url = "https://pay.example.com/"
signing_key = "{KEY}"
[chains."hedera:testnet"]
"""


def test_a_small_file_is_enough(toml):
    settings = load(toml(SMALL), {})
    assert settings.issuer == "https://pay.example.com"
    assert settings.seed == bytes.fromhex(KEY)
    assert settings.server == ServerOptions()
    assert settings.chains == {"hedera:testnet": {}}
    assert settings.redis is None


def test_a_dollar_name_is_the_environment_variable_wherever_it_stands():
    table = GOOD | {
        "signing_key": "$KEY",
        "server": {"host": "$HOST", "trusted_proxies": ["$PROXY", "127.0.0.1/32"]},
        "chains": {"eip155:8453": {"rpc": ["$RPC"], "nested": {"deep": "$RPC"}}},
    }
    settings = read(table, {"KEY": KEY, "HOST": "::1", "PROXY": "10.0.0.0/8", "RPC": "https://rpc/k"})
    assert settings.seed == bytes.fromhex(KEY)
    assert settings.server.host == "::1"
    assert settings.server.trusted_proxies == ["10.0.0.0/8", "127.0.0.1/32"]
    assert settings.chains == {"eip155:8453": {"rpc": ["https://rpc/k"], "nested": {"deep": "https://rpc/k"}}}


def test_the_process_environment_is_the_default(toml, monkeypatch):
    monkeypatch.setenv("RELAY_TEST_KEY", KEY)
    assert load(toml(SMALL.replace(KEY, "$RELAY_TEST_KEY"))).signing_key == KEY


@pytest.mark.parametrize("environment", [{}, {"KEY": ""}])
def test_an_unset_variable_is_an_error_that_names_it(environment):
    with pytest.raises(Misconfigured, match="the environment variable KEY is not set"):
        read(GOOD | {"signing_key": "$KEY"}, environment)


@pytest.mark.parametrize("text", ["$", "$$KEY", "${KEY}", "a$KEY", "$KEY/path", "$1"])
def test_only_a_whole_value_is_a_variable(text):
    assert read(GOOD | {"database": text}, {"KEY": "x"}).database == text


def test_what_a_variable_holds_is_taken_as_it_is():
    assert read(GOOD | {"database": "$URL"}, {"URL": "$OTHER"}).database == "$OTHER"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"publik_url": "x"}, "unknown field `publik_url`"),
        ({"server": {"prot": 1}}, "unknown field `prot`"),
        ({"server": {"port": "80"}}, "server.port"),
        ({"server": {"workers": 0}}, "server.workers: from 1 to 64"),
        ({"server": {"workers": 65}}, "server.workers: from 1 to 64"),
        ({"log_level": "verbose"}, "log_level: DEBUG, INFO, WARNING or ERROR"),
        ({"chains": {}}, "no chain"),
        ({"signing_key": "not hex"}, "signing_key: expected 64 hex digits"),
        ({"public_url": "pay.example.com"}, "public_url: expected an http"),
        ({"public_url": "ftp://pay.example.com"}, "public_url: expected an http"),
        ({"public_url": "https://"}, "public_url: expected an http"),
        ({"public_url": "http://["}, "public_url: expected an http"),
    ],
)
def test_a_mistake_is_one_line_that_names_the_key(change, says):
    with pytest.raises(Misconfigured, match=re.escape(says)) as refused:
        read(GOOD | change, {})
    assert "\n" not in refused.value.message


@pytest.mark.parametrize("missing", ["public_url", "signing_key"])
def test_what_has_no_default_must_be_there(missing):
    with pytest.raises(Misconfigured, match=missing):
        read({name: value for name, value in GOOD.items() if name != missing}, {})


@pytest.mark.parametrize("change", [{"signing_key": 7}, {"signing_key": "5ec0zz"}, {"signing_key": ["$KEY"]}])
def test_a_mistake_in_a_secret_does_not_print_it(change):
    with pytest.raises(Misconfigured) as refused:
        read(GOOD | change, {"KEY": KEY})
    assert "5ec0" not in refused.value.message


def test_a_file_that_is_not_there_says_what_to_do(tmp_path):
    with pytest.raises(Misconfigured, match="relay demo"):
        load(tmp_path / "relay.toml")


def test_a_directory_is_not_a_file(tmp_path):
    with pytest.raises(Misconfigured, match="cannot be read"):
        load(tmp_path)


@pytest.mark.parametrize("raw", [b"public_url = ", b"\xff\xfe", b"a = 1\na = 2"])
def test_a_file_that_is_not_toml_is_named(tmp_path, raw):
    path = tmp_path / "relay.toml"
    path.write_bytes(raw)
    with pytest.raises(Misconfigured, match=r"relay\.toml is not TOML"):
        load(path)


LIVE = GOOD | {"chains": {"hedera:testnet": {}, "hedera:mainnet": {}}}


def test_a_live_network_without_a_master_key_is_refused_and_says_what_to_do():
    with pytest.raises(Misconfigured, match=r"hedera:mainnet is a live network.*RELAY_MASTER_KEY"):
        read(LIVE, {}).keyring()


def test_play_money_needs_no_master_key_and_gets_the_same_one_again():
    sealed = read(GOOD, {}).keyring().seal(b"whsec", "row")
    assert read(GOOD, {}).keyring().open(sealed, "row") == b"whsec"
    grown = read(LIVE | {"master_key": "$MASTER"}, {"MASTER": "ab" * 32}).keyring()
    assert grown.open(sealed, "row") == b"whsec" and not grown.is_current(sealed)


def test_a_master_key_comes_from_the_environment_or_a_file_of_ones_own(tmp_path):
    file = tmp_path / "master.key"
    file.write_text("ab" * 32 + "\n")
    with pytest.raises(Misconfigured, match="open to others"):
        read(LIVE | {"master_key_file": str(file)}, {}).keyring()
    file.chmod(0o600)
    from_file = read(LIVE | {"master_key_file": str(file)}, {}).keyring()
    assert from_file.id == read(LIVE | {"master_key": "$MASTER"}, {"MASTER": "ab" * 32}).keyring().id


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"master_key": "$MASTER"}, "MASTER is not set"),
        ({"master_key": "ab"}, "master_key: expected 64 hex digits"),
        ({"master_key": ""}, "master_key: expected 64 hex digits"),
        ({"master_key_file": "/nowhere/master.key"}, "cannot be read"),
        ({"master_key_file": ""}, "master_key_file"),
        ({"master_key": "ab" * 32, "master_key_file": "/nowhere"}, "not both"),
    ],
)
def test_a_master_key_that_is_none_stops_the_start(change, says):
    for base in (GOOD, LIVE):
        with pytest.raises(Misconfigured, match=says):
            read(base | change, {}).keyring()


def test_what_is_shown_has_defaults_and_no_secrets(toml):
    path = toml(
        f"""
        public_url = "https://pay.example.com"
        signing_key = "{KEY}"
        database = "$DB"
        redis = "redis://:hunter2@cache/0"
        [chains."eip155:8453"]
        rpc = "$RPC"
        """
    )
    shown = show(path, {"DB": "postgresql://relay:hunter3@db/relay", "RPC": "https://rpc/hunter4"})
    assert shown["database"] == "$DB"
    assert shown["signing_key"] == shown["redis"] == "(set in the file)"
    assert shown["chains"] == {"eip155:8453": {"rpc": "$RPC"}}
    assert shown["server"]["port"] == 8099
    text = json.dumps(shown)
    assert "hunter" not in text
    assert KEY not in text


def test_of_a_chain_neither_keys_nor_the_keys_in_urls_are_shown(toml):
    path = toml(
        SMALL
        + f"""
        [chains."eip155:8453"]
        rpc = ["https://user:hunter5@base.example:8545/v2/hunter6?key=hunter7", "$RPC", "ws://127.0.0.1:8546"]
        sponsors = ["0x{KEY}", "$SPONSOR"]
        tokens = [{{ address = "0x12", symbol = "T", decimals = 6 }}]
        """
    )
    shown = show(path, {"RPC": "https://rpc/hunter8", "SPONSOR": "hunter9"})
    assert shown["chains"]["eip155:8453"] == {
        "rpc": ["https://base.example:8545/…", "$RPC", "ws://127.0.0.1:8546"],
        "sponsors": ["(set in the file)", "$SPONSOR"],
        "tokens": [{"address": "0x12", "symbol": "T", "decimals": 6}],
    }


def test_defaults_are_shown_as_they_are(toml):
    shown = show(toml(SMALL), {})
    assert shown["database"] == "sqlite:///relay.db"
    assert shown["redis"] is None


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([*GOOD, "server", "redis", "log_level"]), values)
@example("chains", {"": {}})
@example("chains", {"hedera": {}})
def test_any_table_is_a_configuration_or_refused_with_words(name, value):
    try:
        read(GOOD | {name: value}, {})
    except Misconfigured as refused:
        assert refused.message


RATES = (
    SMALL
    + """
[rates]
max_deviation = 0.05
assets = { "hedera:testnet/0.0.5001" = "USDC" }
parity = { USDC = "USD" }
[[rates.sources]]
kind = "hedera"
[[rates.sources]]
kind = "coingecko"
ids = { HBAR = "hedera-hashgraph" }
key = "gecko-secret"
[[rates.sources]]
kind = "ticker"
name = "exchange"
url = "https://api.example.com/v1/ticker-secret?of={symbol}"
symbols = { "HBAR/USD" = "HBARUSD" }
price = ["data", 0, "last"]
"""
)


def test_sources_of_rates_are_read_and_shown_without_their_keys(toml):
    rates = load(toml(RATES), {}).rates
    assert [source.name for source in rates.sources] == ["hedera", "coingecko", "exchange"]
    assert str(rates.max_deviation) == "0.05"
    shown = json.dumps(show(toml(RATES), {}))
    assert "api.example.com" in shown
    assert "secret" not in shown


@pytest.mark.parametrize(
    "rates",
    [
        {"max_deviation": 1.5},
        {"max_deviation": "NaN"},
        {"currencies": ["usd"]},
        {"min_sources": 0},
        {"quote_seconds": 0},
        {"sources": [{"kind": "astrology"}]},
        {"sources": [{"kind": "hedera", "mirorr": "x"}]},
    ],
    ids=str,
)
def test_rates_that_cannot_be_meant_stop_the_start(rates):
    with pytest.raises(Misconfigured, match="configuration: "):
        read(GOOD | {"rates": rates}, {})
