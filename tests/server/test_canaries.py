"""Threat 27: nothing secret is in the logs, in a refusal, or readable in the database, whatever happened to it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp

from relay.devnet.genesis import SPONSOR, private_key
from relay.devnet.network import DevNode
from tests.chains import exact_hedera as buyer
from tests.conftest import MERCHANTS, Start
from tests.server.paying import get, invoice, post, signed
from tests.server.test_sign_in import SHOP, sign
from tests.servers.listener import Listener
from tests.servers.redis import RedisServer
from tests.servers.relay_process import SIGNING_KEY, RelayProcess, prepare

MASTER = "c0ffee00" * 8
FEE_PAYER_KEY = private_key(SPONSOR).hex()


async def test_no_secret_is_in_the_logs_or_at_rest(
    sqlite_url: str, devnet: DevNode, start_relay: Start, redis_server: RedisServer, tmp_path: Path
) -> None:
    keys = await prepare(sqlite_url, MERCHANTS)
    relay = await start_relay(
        sqlite_url,
        devnet,
        redis=redis_server.url.replace("redis://", "redis://:canary-of-redis@"),  # nobody asked for a password
        log_level="DEBUG",
        extra=f'master_key = "{MASTER}"\n[webhooks]\nallow_private = true',
        chain=f'fee_payer = {{ account = "0.0.{SPONSOR}", key = "{FEE_PAYER_KEY}" }}',
    )
    secrets = await _use_everything(relay, keys)
    await relay.stop()
    log = relay.log()
    secrets |= {SIGNING_KEY, MASTER, FEE_PAYER_KEY, "canary-of-redis"}

    assert not {secret for secret in secrets if secret in log}
    assert log  # and it is not empty because nobody wrote any
    at_rest = _bytes_of(tmp_path)
    readable = {secret for secret in secrets if secret.encode() in at_rest}
    assert not readable


def _bytes_of(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(folder.glob("relay.db*")))


async def _use_everything(relay: RelayProcess, keys: dict[str, str]) -> set[str]:
    url, key = relay.url, keys["shop"]
    secrets = {key, keys["blog"]}
    plain = await invoice(url, key, contentId=None)
    once = await post(
        url, "/v1/invoices", key, json={"network": "hedera:devnet", "amount": "5"}, Idempotency_Key="canary"
    )
    _, made = await post(url, "/v1/keys", key, json={"role": "viewer"}, Idempotency_Key="another")
    _, endpoint = await post(url, "/v1/webhooks", key, json={"url": "http://127.0.0.1:9/hook"}, Idempotency_Key="third")
    secrets |= {plain["secret"], once[1]["secret"], made["key"], endpoint["secret"]}
    asked: Any
    _, asked = await post(url, "/v1/auth/challenge", json={"network": "hedera:devnet", "account": SHOP.account})
    proof = {"message": asked["message"], "signature": sign(SHOP, asked["message"])}
    _, session = await post(url, "/v1/auth/verify", json=proof, Idempotency_Key="fourth")
    secrets |= {session["token"], proof["signature"]}
    await post(url, "/v1/auth/verify", json={**proof, "signature": "00" * 64})
    bytes_ = signed(plain["memo"])
    async with Listener(url, {"apiKey": made["key"]}) as listener, Listener(url) as payer:
        await listener.call("SUBSCRIBE", {"merchant": True, "after": 0})
        await payer.call("SUBSCRIBE", {"invoice": plain["id"], "secret": plain["secret"]})
        exact = buyer.signed(buyer.fresh(datetime.now(UTC), 1))
        sponsored = {"network": "hedera:devnet", "scheme": "exact", "transaction": exact}
        assert (await payer.call("CRYPTOTRANSFER", sponsored))["nodePrecheckcode"] == 0
        await payer.call("CRYPTOTRANSFER", bytes_)
        await listener.until_status("settled")
    secrets |= {bytes_.hex(), exact.hex()}
    refusals = [
        await get(url, "/v1/invoices", "sk_live_" + "canary" * 7),
        await post(url, "/v1/keys", made["key"], json={"role": "owner"}),
        await post(url, "/v1/keys", key, json={"role": key}),
        await post(url, f"/v1/keys/{key}/revoke", key),
    ]
    assert all(status >= 400 for status, _ in refusals)
    async with aiohttp.ClientSession() as http:
        async with http.post(
            f"{url}/v1/invoices", data=b"{" + key.encode(), headers={"Authorization": f"Bearer {key}"}
        ):
            pass
        async with http.get(f"{url}/v1/events/stream?token={key}", headers={"Authorization": f"Bearer {key}x"}):
            pass
    await post(url, f"/v1/keys/{made['id']}/revoke", key)
    return secrets - {""}
