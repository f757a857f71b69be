"""TLS to nodes: whom the address book or a root vouches for gets a transfer, and nobody else."""

from __future__ import annotations

import asyncio
import datetime
import hashlib
import ipaddress
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from relay.chain import Refused, SignedTransfer, Taken
from tests.chains.conftest import BOTH, Open
from tests.chains.test_hedera_health import NODES, node_at
from tests.servers.hapi_node import hapi_node
from tests.servers.mirror_node import MirrorNode

Make = Callable[..., SignedTransfer]
TLS_HOST = "127.0.0.9"  # SDKs and books tell TLS by its port, so the test has an address of its own for it


@pytest.fixture(params=BOTH)
def channel(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(scope="module")
def certificate() -> tuple[bytes, bytes]:
    """PEM of a key and a self-signed certificate for 127.0.0.1, as nodes have them."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    began = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(began)
        .not_valid_after(began + datetime.timedelta(days=30))
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.IPAddress(ipaddress.ip_address(TLS_HOST))]
            ),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return private, made.public_bytes(pem)


async def test_tls_with_a_pinned_root(
    open_hedera: Open, certificate: tuple[bytes, bytes], tmp_path: Path, make: Make
) -> None:
    (tmp_path / "root.pem").write_bytes(certificate[1])
    async with hapi_node(TLS_HOST, 50212, grpc.ssl_server_credentials([certificate])) as node:
        chain = await open_hedera(nodes=node.network, tls_root_file=str(tmp_path / "root.pem"))

        assert await chain.submit(make()) == Taken(0)


async def test_tls_by_the_certificate_hash_of_the_address_book(
    open_hedera: Open, certificate: tuple[bytes, bytes], stub_mirror: MirrorNode, make: Make
) -> None:
    hashed = hashlib.sha384(certificate[1]).hexdigest()
    stub_mirror.pages[NODES] = {"nodes": [node_at(f"{TLS_HOST}:50212", "0.0.3", f"0x{hashed}")]}
    async with hapi_node(TLS_HOST, 50212, grpc.ssl_server_credentials([certificate])):
        chain = await open_hedera(mirror=stub_mirror.url)

        assert await chain.submit(make()) == Taken(0)


async def test_a_certificate_other_than_the_address_books_gets_no_transfer(
    open_hedera: Open, certificate: tuple[bytes, bytes], stub_mirror: MirrorNode, make: Make
) -> None:
    stub_mirror.pages[NODES] = {"nodes": [node_at(f"{TLS_HOST}:50212", "0.0.3", "ab" * 48)]}
    async with hapi_node(TLS_HOST, 50212, grpc.ssl_server_credentials([certificate])) as node:
        chain = await open_hedera(mirror=stub_mirror.url)

        assert await chain.submit(make()) == Refused(
            "node_unreachable", "UNAVAILABLE. Hedera network unreachable.", None
        )
        assert "certificate" in chain.nodes()[0].detail
        assert node.seen == []


async def test_a_certificate_nobody_vouches_for_gets_no_transfer(
    open_hedera: Open, certificate: tuple[bytes, bytes], make: Make
) -> None:
    async with hapi_node(TLS_HOST, 50212, grpc.ssl_server_credentials([certificate])) as node:
        chain = await open_hedera(nodes=node.network)

        assert isinstance(await chain.submit(make()), Refused)
        assert node.seen == []


async def test_a_tls_server_that_does_not_speak_http2_gets_no_transfer(
    open_hedera: Open, certificate: tuple[bytes, bytes], tmp_path: Path, make: Make
) -> None:
    heard: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(1000))
        writer.close()

    (tmp_path / "both.pem").write_bytes(b"".join(certificate))
    (tmp_path / "root.pem").write_bytes(certificate[1])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "both.pem")
    server = await asyncio.start_server(listen, TLS_HOST, 0, ssl=context)
    address = f"{TLS_HOST}:{server.sockets[0].getsockname()[1]}"
    chain = await open_hedera(nodes={address: "0.0.3"}, tls=True, tls_root_file=str(tmp_path / "root.pem"))
    sent = make()

    assert isinstance(await chain.submit(sent), Refused)
    assert not any(sent.raw in each for each in heard)
    server.close()
