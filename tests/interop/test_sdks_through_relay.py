"""What the official SDKs sign, and what the 2019 extension signed, pays through the relay."""

from __future__ import annotations

from datetime import UTC, datetime

from interop_sdks import Sdk

from relay.devnet.genesis import private_key
from relay.devnet.network import DevNode
from tests.chains import signing
from tests.server.paying import invoice
from tests.servers.listener import Listener
from tests.servers.relay_process import RelayProcess


async def test_bytes_an_sdk_signed_offline_settle_through_the_relay(
    sdk: Sdk, relay: RelayProcess, keys: dict[str, str], devnet: DevNode
) -> None:
    asked = [
        (await invoice(relay.url, keys["shop"], asset=asset, payTo=[{"account": "0.0.2001", "amount": "1000"}]), payer)
        for payer in (1001, 1002)
        for asset in ("0.0.0", "0.0.5001")
    ]
    signed = await sdk.sign(
        *(
            {
                "payer": f"0.0.{payer}",
                "key": private_key(payer).hex(),
                "keyType": "ed25519" if payer % 2 else "ecdsa",
                "payTo": wish["payTo"],
                "asset": wish["asset"],
                "memo": wish["memo"],
                "nodeAccount": ["0.0.3"],
            }
            for wish, payer in asked
        )
    )
    async with Listener(relay.url) as wallet:
        for (wish, payer), each in zip(asked, signed, strict=True):
            answer = await wallet.call("CRYPTOTRANSFER", bytes.fromhex(each["bytes"]))
            assert answer["nodePrecheckcode"] == 0, answer
            assert (answer["invoice"], answer["payer"]) == (wish["id"], f"0.0.{payer}")
        await wallet.until(lambda events: sum(event["status"] == "settled" for event in events) == len(asked))
    sent = dict.fromkeys(devnet.seen)  # one that is not answered in time is sent once more, the same
    for each, seen in zip(signed, sent, strict=True):
        assert seen in bytes.fromhex(each["bytes"])  # as the SDK wrote it, not one byte moved


async def test_what_the_2019_extension_signed_settles(relay: RelayProcess, devnet: DevNode) -> None:
    """Legacy envelope, 10 seconds early, 60 seconds long, the same signature twice, memo `anonId,postId`."""
    now = datetime.now(UTC)
    forms = [signing.legacy_sigs, signing.legacy_map, signing.body_bytes]
    async with Listener(relay.url) as wallet:
        for nanos, form in enumerate(forms):
            body = signing.body(
                seconds=int(now.timestamp()) - 10, nanos=nanos, duration=60, memo="383,138"
            ).SerializeToString()
            answer = await wallet.call("CRYPTOTRANSFER", form(body))
            assert (answer["nodePrecheckcode"], answer["contentId"]) == (0, "138"), answer
            assert any(body in seen for seen in devnet.seen)
        await wallet.until(lambda events: sum(event["status"] == "settled" for event in events) == len(forms))
