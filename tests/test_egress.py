"""Where a merchant's URL may lead us (features.md 5.3, threat 4: SSRF)."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from relay.egress import Egress, Policy, Refused, Resolve, read_url
from relay.errors import InvalidRequest
from tests.servers.receiver import Receiver, receiver

PUBLIC, DEVELOPMENT = Policy(), Policy(allow_private=True)
OUTSIDE = "8.8.8.8"

NOT_PUBLIC = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "169.254.0.1",
    "192.0.0.1",
    "192.0.0.9",
    "192.0.0.192",
    "192.88.99.1",
    "::ffff:192.0.0.192",
    "64:ff9b::192.88.99.1",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.1.1.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fec0::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "2001:db8::1",
    "3fff::1",
    "5f00::1",
    "100::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "::7f00:1",
    "::8.8.8.8",
    "64:ff9b::127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::8.8.8.8",
    "2002:7f00:1::",
    "2002:a00:1::",
    "2002:a9fe:a9fe::1",
    "2001:0:7f00:1::f5ff:fffe",
    "2001:0:808:808::80ff:fffe",
]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_threat_4_an_address_that_is_not_public_is_refused_in_every_disguise(address: str) -> None:
    assert not PUBLIC.allows(ip_address(address))


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "93.184.215.14", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1"]
)
def test_a_public_address_is_allowed(address: str) -> None:
    assert PUBLIC.allows(ip_address(address))


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "10.1.2.3", "192.168.0.1", "fd00::1", "::ffff:127.0.0.1"])
def test_development_may_allow_loopback_and_private_networks(address: str) -> None:
    assert DEVELOPMENT.allows(ip_address(address))


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "192.0.0.192", "fe80::1", "0.0.0.0", "::", "224.0.0.1", "ff02::1"]
)
def test_even_development_reaches_no_metadata_service(address: str) -> None:
    assert not DEVELOPMENT.allows(ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/hook",
        "https://0x7f.1/",
        "https://0x7f000001/",
        "https://2130706433/",
        "https://127.1/",
        "https://0177.0.0.1/",
        "https://127.0.0.1./",
        "https://localhost./",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/",
        "https://[fe80::1%25eth0]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://shop.example@127.0.0.1/",
        "https://127.0.0.1:80@shop.example/",
        "https://shop.example\\@127.0.0.1/",
        "https://shop.example#@127.0.0.1/",
        "https://\uff11\uff12\uff17.0.0.1/",
        "https://\u24dbocalhost/",
        "https://127\u30020\u30020\u30021/",
        "https://shop.example/ä",
        "https://shop example/",
        "https://shop.example/\r\nX-Evil: 1",
        "http://shop.example/",
        "ftp://shop.example/",
        "file:///etc/passwd",
        "gopher://shop.example/",
        "//shop.example/",
        "https:///hook",
        "https://",
        "https://[::1",
        "https://shop.example:22/",
        "https://shop.example:6379/",
        "https://shop.example:99999/",
        "https://shop.example:x/",
        "https://-shop.example/",
        "https://shop..example/",
        "https://shop.example/" + "a" * 2_000,
        "",
    ],
)
def test_threat_4_a_url_that_hides_where_it_leads_is_refused(url: str) -> None:
    with pytest.raises(InvalidRequest):
        read_url(url, PUBLIC)


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example",
        "https://shop.example/hook?key=1&b=%20",
        "https://SHOP.example:8443/x",
        "https://xn--kse-qla.example/",
        "https://8.8.8.8/",
        "https://[2606:4700::1111]/",
        "https://hooks_1.shop.example/",
    ],
)
def test_an_ordinary_url_is_taken(url: str) -> None:
    read_url(url, PUBLIC)


def names(*answers: Sequence[str]) -> Resolve:
    """A name server that gives these answers one after the other, and the last one for ever."""
    left = list(answers)

    async def resolve(host: str) -> Sequence[str]:
        return left.pop(0) if len(left) > 1 else left[0]

    return resolve


@asynccontextmanager
async def egress(
    policy: Policy, resolve: Resolve | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[Egress, aiohttp.ClientSession]]:
    guard = Egress(policy, resolve=resolve, tls=tls)
    async with guard.session(5) as client:
        yield guard, client
    await guard.close()


async def fetch(client: aiohttp.ClientSession, url: str) -> int:
    async with client.post(url, data=b"x", allow_redirects=False) as response:
        return response.status


async def refused(client: aiohttp.ClientSession, url: str) -> None:
    with pytest.raises(aiohttp.ClientConnectorError) as error:
        await fetch(client, url)
    assert isinstance(error.value.os_error, Refused) or "not a public one" in str(error.value)


@pytest.mark.parametrize(
    "answer", [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["::1"], ["::ffff:10.0.0.1"], ["fe80::1%lo"]]
)
async def test_threat_4_one_address_that_is_not_public_spoils_the_whole_answer(answer: list[str]) -> None:
    async with egress(PUBLIC, names(answer)) as (guard, client), receiver() as inside:
        with pytest.raises(InvalidRequest):
            await guard.permit("https://shop.example/")
        await refused(client, f"http://shop.example:{inside.url.rsplit(':', 1)[1]}/")
        assert not inside.calls


async def test_threat_4_a_name_that_is_rebound_after_its_check_is_not_connected_to() -> None:
    async with egress(PUBLIC, names([OUTSIDE], ["127.0.0.1"])) as (guard, client), receiver() as inside:
        await guard.permit("https://shop.example/")
        await refused(client, f"http://shop.example:{inside.url.rsplit(':', 1)[1]}/")
        assert not inside.calls


async def test_the_address_that_was_checked_is_the_one_connected_to_and_the_host_is_kept() -> None:
    asked: list[str] = []

    async def once(host: str) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["192.0.2.1"]

    async with egress(DEVELOPMENT, once) as (_, client), receiver() as inside:
        port = inside.url.rsplit(":", 1)[1]
        assert await fetch(client, f"http://shop.example:{port}/hook") == 200
        assert inside.calls[0].headers["host"] == f"shop.example:{port}"
        assert asked == ["shop.example"]


async def test_an_address_in_the_url_meets_the_guard_at_the_socket_too() -> None:
    async with egress(PUBLIC) as (_, client), receiver() as inside:
        await refused(client, inside.url)
        assert not inside.calls


async def test_the_real_resolver_knows_the_old_spellings_and_the_guard_refuses_what_it_says() -> None:
    async with egress(PUBLIC) as (guard, _):
        for host in ("127.1", "0x7f.1", "2130706433", "localhost"):
            if host == "localhost" or socket.gethostbyname(host) == "127.0.0.1":
                with pytest.raises(Refused):
                    await guard.addresses(host)


async def test_a_redirect_to_the_inside_is_not_followed() -> None:
    async with egress(DEVELOPMENT) as (_, client), receiver() as outside, receiver() as inside:
        outside.status, outside.headers = 302, {"Location": inside.url + "/latest/meta-data/"}
        assert await fetch(client, outside.url) == 302
        assert not inside.calls


async def test_a_name_server_that_is_silent_is_not_waited_for() -> None:
    async def silent(host: str) -> Sequence[str]:
        await asyncio.Event().wait()
        return []

    guard = Egress(PUBLIC, resolve=silent, resolve_seconds=0.05)
    with pytest.raises(OSError, match="in time"):
        await guard.addresses("shop.example")
    await guard.permit("https://shop.example/")  # it may answer later, and is asked again then


def certificate(folder: Path, host: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's TLS for this host, and a client's that believes it."""
    secret = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(secret.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(secret, hashes.SHA256())
    )
    file = folder / "tls.pem"
    file.write_bytes(
        secret.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cafile=str(file))


async def test_tls_is_verified_for_the_name_although_the_address_is_pinned(tmp_path: Path) -> None:
    server, client_side = certificate(tmp_path, "shop.example")
    async with receiver(tls=server) as inside:
        port = inside.url.rsplit(":", 1)[1]
        async with egress(DEVELOPMENT, names(["127.0.0.1"]), client_side) as (_, client):
            assert await fetch(client, f"https://shop.example:{port}/") == 200
            with pytest.raises(aiohttp.ClientConnectorCertificateError):
                await fetch(client, f"https://other.example:{port}/")
        async with egress(DEVELOPMENT, names(["127.0.0.1"])) as (_, client):
            with pytest.raises(aiohttp.ClientConnectorCertificateError):
                await fetch(client, f"https://shop.example:{port}/")
        assert len(inside.calls) == 1


async def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiver() as proxy, receiver() as shop, egress(DEVELOPMENT) as (_, client):
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        assert await fetch(client, shop.url) == 200
        assert not proxy.calls
        assert isinstance(shop, Receiver)
