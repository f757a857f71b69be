"""relay.toml, read into frozen structs: unknown keys refused, units in names, defaults wherever there can be one.

A value written `"$NAME"` is the environment variable NAME; unset is an error. There is no second way to configure.
"""

from __future__ import annotations

import hmac
import os
import re
import tomllib
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import msgspec

from relay.chain_modules import require_known
from relay.egress import PORTS, Policy
from relay.environment import Environment, environment_of
from relay.errors import InvalidRequest, Misconfigured
from relay.misread import in_words
from relay.money import ChainId
from relay.rates.options import RateOptions
from relay.sealing import Keyring, read_keys
from relay.webhook import RETRY_SECONDS

_VARIABLE = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)")
SECRETS = frozenset(
    {"otlp_url", "signing_key", "master_key", "redis", "database"}
)  # may carry one; shown as $NAME or not at all

Count = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
Often = Annotated[float, msgspec.Meta(ge=0.01, le=1_000_000)]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=365 * 24 * 3600)]


class ServerOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 8099
    workers: Annotated[int, msgspec.Meta(ge=1, le=64)] = 1  # processes behind the one port
    direct_sockets: bool = (
        True  # websockets read and written by us; off: by python-socketio alone, several times as dear
    )
    metrics_token: str | None = None  # who shows it may read /metrics; without one only this machine may
    trusted_proxies: list[str] = []  # networks whose X-Forwarded-For is believed, such as "10.0.0.0/8"
    connections_per_address: Count = 2_000
    subscriptions_per_socket: Count = 50
    event_streams: Count = 100  # of server-sent events that one merchant may read from one process at once
    pending_per_socket: Count = 256  # transfers and queries without an answer yet
    transfers_underway: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = (
        4_000  # under way at once, of a process; when a chain or the database is slow, more are refused
    )
    requests_per_second: Often = 500.0  # of one socket, and of one address over HTTP; twice as many in a burst
    key_requests_per_second: Often | None = None  # of one key over HTTP; None: the same
    origin_requests_per_second: Often | None = None  # of one publishable key from one site; None: the same
    drain_seconds: Seconds = 15.0  # how long a stop waits for transfers being sent; a chain answers within 10


class WebhookOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    allow_private: bool = False  # development only: also http://, loopback, private networks and any port
    ports: tuple[Annotated[int, msgspec.Meta(ge=1, le=65535)], ...] = PORTS
    retry_seconds: tuple[Seconds, ...] = RETRY_SECONDS  # before each attempt; the first is the first
    disable_after_seconds: Seconds = 5 * 24 * 3600.0  # of nothing but failures, then the endpoint is disabled
    concurrency: Annotated[int, msgspec.Meta(ge=1, le=100)] = 8  # calls to one endpoint at once
    log_days: Annotated[int, msgspec.Meta(ge=1, le=3650)] = 60  # how long the delivery log remembers

    @property
    def policy(self) -> Policy:
        return Policy(allow_private=self.allow_private, ports=self.ports)


class X402Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    # that /settle waits for the ledger; stock resource servers ask twice, for 90 each
    wait_seconds: Annotated[float, msgspec.Meta(ge=1, le=80)] = 40.0
    open_to: str | None = None  # the merchant whose are payments to accounts nobody here knows; None: they are refused
    open_per_hour: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 100  # how many of those


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    public_url: str  # what the world calls this relay: the `iss` of its tokens, the start of invoice links
    signing_key: str  # 32 bytes as hex; `relay key signing` prints a new one
    master_key: str | None = None  # what secrets in the database are sealed under: 32 bytes as hex; older ones after it
    master_key_file: str | None = None  # a file that holds the same
    database: str = "sqlite:///relay.db"
    redis: str | None = None  # carries news between processes; without it they find it in the database
    access_token_seconds: Annotated[int, msgspec.Meta(ge=1, le=365 * 24 * 3600)] = 24 * 3600
    # how often listeners are checked against the journal, should news have been lost
    sweep_seconds: Annotated[float, msgspec.Meta(ge=0.01, le=3600)] = 1.0
    log_level: str = "INFO"
    otlp_url: str | None = None  # of a collector of traces: http://127.0.0.1:4318/v1/traces; needs the extra `otel`
    server: ServerOptions = ServerOptions()
    webhooks: WebhookOptions = WebhookOptions()
    rates: RateOptions = RateOptions()
    x402: X402Options = X402Options()
    chains: dict[str, dict[str, object]] = {}  # by CAIP-2 name; what is inside is the chain module's business

    @property
    def issuer(self) -> str:
        return self.public_url.rstrip("/")

    @property
    def seed(self) -> bytes:
        """The signing key as bytes."""
        try:
            seed = bytes.fromhex(self.signing_key)
            if len(seed) != 32:
                raise ValueError
            return seed
        except ValueError:
            raise Misconfigured("signing_key: expected 64 hex digits; `relay key signing` prints a new one") from None

    @property
    def networks(self) -> tuple[ChainId, ...]:
        """The chains by name, in the order they are written."""
        return tuple(_network(name) for name in self.chains)

    def keyring(self) -> Keyring:
        """The master keys. Where no network is live the signing key stands in, and what it sealed stays open later."""
        if self.master_key is not None and self.master_key_file is not None:
            raise Misconfigured("give master_key or master_key_file, not both")
        text = self.master_key if self.master_key_file is None else read_secret(Path(self.master_key_file))
        stand_in = hmac.digest(self.seed, b"relay master key", "sha256")
        if text is not None:
            return Keyring((*read_keys(text), stand_in))
        live = [str(chain) for chain in self.networks if environment_of(chain) is Environment.LIVE]
        if live:
            raise Misconfigured(
                f'{live[0]} is a live network, so secrets need a master key: master_key = "$RELAY_MASTER_KEY"'
                " (`relay key signing` prints one) or master_key_file"
            )
        return Keyring((stand_in,))


def load(path: Path, environment: Mapping[str, str] | None = None) -> Settings:
    """Read a configuration file. Raises `Misconfigured` with one line that names the key and what to do."""
    try:
        table = tomllib.loads(path.read_text())
    except FileNotFoundError:
        raise Misconfigured(f"there is no {path}; write one (README, Run it for real) or use `relay demo`") from None
    except OSError as error:
        raise Misconfigured(f"{path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Misconfigured(f"{path} is not TOML: {error}") from None
    return read(table, os.environ if environment is None else environment)


def read(table: Mapping[str, object], environment: Mapping[str, str]) -> Settings:
    """Check a table and fill in what `$NAME` stands for."""
    try:
        settings = msgspec.convert(_expand(table, environment), Settings)
    except msgspec.ValidationError as error:
        raise Misconfigured(f"configuration: {in_words(error, Settings)}") from None
    if not _is_web_url(settings.public_url):
        raise Misconfigured("public_url: expected an http(s) URL such as https://pay.example.com")
    if settings.otlp_url is not None and not _is_web_url(settings.otlp_url):
        raise Misconfigured("otlp_url: expected an http(s) URL such as http://127.0.0.1:4318/v1/traces")
    if not settings.chains:
        raise Misconfigured('configuration: no chain; add a table such as [chains."hedera:testnet"]')
    for chain in settings.networks:
        require_known(chain)
    for proxy in settings.server.trusted_proxies:
        try:
            ip_network(proxy)
        except ValueError:
            raise Misconfigured(f"server.trusted_proxies: {proxy!r} is not a network such as 10.0.0.0/8") from None
    if not settings.webhooks.retry_seconds:
        raise Misconfigured("webhooks.retry_seconds: at least one wait, the one before the first attempt")
    if settings.log_level not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise Misconfigured("log_level: DEBUG, INFO, WARNING or ERROR")
    _ = settings.seed
    if settings.master_key is not None:
        read_keys(settings.master_key)
    return settings


def show(path: Path, environment: Mapping[str, str] | None = None) -> dict[str, object]:
    """The effective configuration with its defaults; what came from the environment stays `$NAME`."""
    settings = load(path, environment)
    shown: dict[str, object] = msgspec.to_builtins(settings)
    written = tomllib.loads(path.read_text())
    for name in SECRETS & written.keys():
        value = written[name]
        shown[name] = value if isinstance(value, str) and _VARIABLE.fullmatch(value) else "(set in the file)"
    if "metrics_token" in written.get("server", {}):
        token = _without_secrets(written["server"]["metrics_token"], "metrics_token")
        shown["server"] = {**msgspec.to_builtins(settings.server), "metrics_token": token}
    shown["chains"] = {name: _without_secrets(table) for name, table in written["chains"].items()}
    sources = written.get("rates", {}).get("sources", [])
    if sources:
        shown["rates"] = msgspec.to_builtins(settings.rates) | {"sources": _without_secrets(sources)}
    return shown


def _without_secrets(value: object, name: str = "") -> object:
    """An outside system's table: no keys are shown, and of URLs, whose path is often a key, only the host."""
    if isinstance(value, Mapping):
        return {key: _without_secrets(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_secrets(item, name) for item in value]
    if not isinstance(value, str) or _VARIABLE.fullmatch(value):
        return value
    if name in ("sponsors", "key", "metrics_token"):
        return "(set in the file)"
    if name in ("rpc", "url"):
        return _place_of(value)
    return value


def _place_of(text: str) -> str:
    try:
        url = urlsplit(text)
        port = f":{url.port}" if url.port else ""
    except ValueError:
        return "(set in the file)"
    return f"{url.scheme}://{url.hostname}{port}" + ("/…" if url.path[1:] or url.query else "")


def _network(name: str) -> ChainId:
    try:
        return ChainId.parse(name)
    except InvalidRequest as error:
        raise Misconfigured(f'[chains."{name}"]: {error.message}') from None


def _is_web_url(text: str) -> bool:
    try:
        url = urlsplit(text)
    except ValueError:  # `http://[`
        return False
    return url.scheme in ("http", "https") and bool(url.hostname)


def read_secret(file: Path) -> str:
    """The text of a master key file; one that others may read is refused."""
    try:
        if file.stat().st_mode & 0o077:
            raise Misconfigured(f"master_key_file: {file} is open to others; chmod 600 it")
        return file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not text"
        raise Misconfigured(f"master_key_file: {file} cannot be read: {reason}") from None


def _expand(value: object, environment: Mapping[str, str]) -> object:
    if isinstance(value, Mapping):
        return {name: _expand(item, environment) for name, item in value.items()}
    if isinstance(value, list):
        return [_expand(item, environment) for item in value]
    if isinstance(value, str) and (found := _VARIABLE.fullmatch(value)):
        name = found[1]
        if not environment.get(name):
            raise Misconfigured(f"configuration: the environment variable {name} is not set")
        return environment[name]
    return value
