"""A wallet's signature opens a merchant's session, and a payer's own content again."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from eth_account import Account as EthAccount
from eth_account.messages import encode_defunct
from eth_utils.address import to_checksum_address

from relay.access import verify
from relay.devnet.network import DevNode
from relay.environment import Environment
from relay.money import Account, ChainId
from relay.store.database import open_database
from relay.store.journal import Journal
from relay.store.keys import Keys
from relay.store.merchants import Merchants
from relay.wallet import Wallet
from tests.conftest import MERCHANTS, Start
from tests.server.paying import PAYER, get, invoice, post, signed
from tests.server.test_watch import send, watching
from tests.servers.anvil import KEYS, anvil
from tests.servers.evm import deploy
from tests.servers.listener import EVENT, Listener
from tests.servers.relay_process import RelayProcess, prepare

SHOP, BLOG = Wallet.development("0.0.2001"), Wallet.development("0.0.2002")  # ed25519, ECDSA


def sign(wallet: Wallet, text: str, prefix: str = "") -> str:
    pair = wallet.sign((prefix + text).encode())
    return (pair.ed25519 or pair.ECDSA_secp256k1).hex()


async def challenge(relay: RelayProcess, wallet: Wallet = SHOP, **wish: Any) -> str:
    status, body = await post(
        relay.url, "/v1/auth/challenge", json={"network": "hedera:devnet", "account": wallet.account, **wish}
    )
    assert status == 200, body
    return str(body["message"])


async def sign_in(relay: RelayProcess, wallet: Wallet = SHOP, **wish: Any) -> dict[str, Any]:
    message = await challenge(relay, wallet, **wish)
    status, body = await post(
        relay.url, "/v1/auth/verify", json={"message": message, "signature": sign(wallet, message)}
    )
    assert status == 200, body
    return dict(body)


async def test_a_merchant_signs_in_with_the_wallet_he_is_paid_on(relay: RelayProcess, keys: dict[str, str]) -> None:
    for wallet, merchant in ((SHOP, "shop"), (BLOG, "blog")):
        session = await sign_in(relay, wallet, role="viewer")
        assert (session["merchant"], session["environment"], session["tokenType"]) == (merchant, "test", "Bearer")
        token = session["token"]
        assert token.startswith("ses_test_")
        assert (await get(relay.url, "/v1/invoices", token))[0] == 200
        status, problem = await post(relay.url, "/v1/invoices", token, json={"network": "hedera:devnet", "amount": "1"})
        assert (status, problem["scope"]) == (403, "invoices:write")
        _, log = await get(relay.url, "/v1/audit", keys[merchant])
        assert (log["data"][-1]["action"], log["data"][-1]["actor"]) == (
            "session.opened",
            f"hedera:devnet/{wallet.account}",
        )
    async with Listener(relay.url, {"apiKey": token}) as listener:
        assert (await listener.call("SUBSCRIBE", {"merchant": True}))["stream"] == "merchant:blog"
        assert (await post(relay.url, "/v1/auth/signout", token))[0] == 200
        await listener.until_gone()
    assert (await get(relay.url, "/v1/invoices", token))[0] == 401
    assert (await post(relay.url, "/v1/auth/signout", keys["shop"]))[0] == 403


async def test_wallets_may_put_their_own_line_before_the_text(relay: RelayProcess, keys: dict[str, str]) -> None:
    for wallet in (SHOP, BLOG):
        for name in ("Hedera", "Ethereum"):
            message = await challenge(relay, wallet)
            prefix = f"\x19{name} Signed Message:\n{len(message)}"
            status, body = await post(
                relay.url,
                "/v1/auth/verify",
                json={"message": message, "signature": "0x" + sign(wallet, message, prefix)},
            )
            assert status == 200, body


async def test_a_signature_signs_in_once_in_time_and_for_its_account_only(
    relay: RelayProcess, keys: dict[str, str]
) -> None:
    async def verify_(message: str, signature: str, path: str = "/v1/auth/verify") -> tuple[int, Any]:
        return await post(relay.url, path, json={"message": message, "signature": signature})

    message = await challenge(relay)
    for wrong in (sign(BLOG, message), sign(PAYER, message), "00" * 64, "00", "", sign(SHOP, message + " ")):
        status, problem = await verify_(message, wrong)
        assert (status, problem["code"]) == (401, "unauthorized"), problem
    assert (await verify_(message, "not a signature!"))[0] == 400
    changed = message.replace("0.0.2001", "0.0.2002")
    assert (await verify_(changed, sign(BLOG, changed)))[0] == 401
    evil = message.replace("127.0.0.1", "evil.example")
    assert (await verify_(evil, sign(SHOP, evil)))[0] == 401
    assert (await verify_(message, sign(SHOP, message), "/v1/access/restore"))[0] == 401

    assert (await verify_(message, sign(SHOP, message)))[0] == 200
    status, problem = await verify_(message, sign(SHOP, message))
    assert (status, problem["code"]) == (401, "unauthorized") and "used" in problem["detail"]

    stranger = await challenge(relay, PAYER)
    status, problem = await verify_(stranger, sign(PAYER, stranger))
    assert (status, problem["code"]) == (403, "forbidden")
    nobody = await challenge(relay, Wallet("0.0.999999", "ed25519", SHOP.key))
    assert (await verify_(nobody, sign(SHOP, nobody)))[0] == 401


async def test_of_many_who_present_one_signature_at_once_one_is_let_in(
    database_url: str, devnet: DevNode, start_relay: Start
) -> None:
    """Threat 19: a race for one nonce."""
    keys = await prepare(database_url, MERCHANTS)
    relay = await start_relay(database_url, devnet)
    message = await challenge(relay)
    proof = {"message": message, "signature": sign(SHOP, message)}
    answers = await asyncio.gather(*(post(relay.url, "/v1/auth/verify", json=proof) for _ in range(20)))
    assert sorted(status for status, _ in answers) == [200] + [401] * 19
    _, log = await get(relay.url, "/v1/audit", keys["shop"])
    assert [entry["action"] for entry in log["data"]].count("session.opened") == 1


async def test_what_a_challenge_is_for_must_make_sense(relay: RelayProcess, keys: dict[str, str]) -> None:
    ask = {"network": "hedera:devnet", "account": "0.0.2001"}
    for path, wish in (
        ("auth", {**ask, "account": "bob"}),
        ("auth", {**ask, "network": "hedera:nowhere"}),
        ("auth", {**ask, "scopes": ["everything"]}),
        ("auth", {**ask, "role": "god"}),
        ("access", ask),
        ("access", {**ask, "invoice": "inv_1", "contentId": "post-1"}),
        ("access", {**ask, "contentId": "post-1"}),
    ):
        status, problem = await post(relay.url, f"/v1/{path}/challenge", json=wish)
        assert status == 400, wish
        assert problem["code"] in ("invalid_request", "unsupported_network")


async def test_an_evm_wallet_signs_in_with_personal_sign_and_a_contract_by_its_word(
    database_url: str, devnet: DevNode, start_relay: Start
) -> None:
    chain = ChainId.parse("eip155:31337")
    owner, stranger = EthAccount.from_key(KEYS[0]), EthAccount.from_key(KEYS[1])
    await prepare(database_url, MERCHANTS)
    async with anvil() as node:
        contract = to_checksum_address((await deploy(node, "SmartWallet", owner.address)).address)
        async with open_database(database_url) as db:
            await Merchants(db).add_account("shop", chain, Account(owner.address))
            await Merchants(db).add_account("blog", chain, Account(contract))
        relay = await start_relay(database_url, devnet, chain=f'[chains."{chain}"]\nrpc = ["{node.url}"]')
        for account, merchant in ((owner.address, "shop"), (contract, "blog")):
            wish = {"network": str(chain), "account": account.lower()}
            _, asked = await post(relay.url, "/v1/auth/challenge", json=wish)
            message = asked["message"]
            assert account in message and "Chain ID: 31337\n" in message
            for signer, status in ((stranger, 401), (owner, 200), (owner, 401)):
                signature = signer.sign_message(encode_defunct(text=message)).signature.to_0x_hex()
                got, body = await post(relay.url, "/v1/auth/verify", json={"message": message, "signature": signature})
                assert got == status, body
                if got == 200:
                    assert body["merchant"] == merchant


async def test_a_payer_gets_his_access_back_with_one_signature(
    database_url: str, devnet: DevNode, start_relay: Start
) -> None:
    keys = await prepare(database_url, MERCHANTS)
    relay = await start_relay(database_url, devnet)
    paid, unpaid = [await invoice(relay.url, keys["shop"], contentId="a b/ç") for _ in range(2)]
    plain = await invoice(relay.url, keys["shop"], contentId=None)
    async with Listener(relay.url) as payer:
        for each in (paid, plain):
            await payer.call("CRYPTOTRANSFER", signed(each["memo"]))
        settled = await payer.until(lambda heard: sum(event["status"] == "settled" for event in heard) == 2)

    async def restore(wallet: Wallet, **what: str) -> tuple[int, Any]:
        status, asked = await post(
            relay.url, "/v1/access/challenge", json={"network": "hedera:devnet", "account": wallet.account, **what}
        )
        assert status == 200, asked
        message = asked["message"]
        proof = {"message": message, "signature": sign(wallet, message)}
        answer = await post(relay.url, "/v1/access/restore", json=proof)
        assert (await post(relay.url, "/v1/access/restore", json=proof))[0] == 401  # once
        assert (await post(relay.url, "/v1/auth/verify", json=proof))[0] == 401
        return answer

    _, jwks = await get(relay.url, "/.well-known/jwks.json")
    for what in ({"invoice": paid["id"]}, {"merchant": "shop", "contentId": "a b/ç"}):
        status, body = await restore(PAYER, **what)
        assert status == 200, body
        claims = verify(
            body["accessToken"], jwks, issuer=relay.url, audience="https://shop.example", scope="content:a b/ç",
            now=_now(),
        )  # fmt: skip
        assert (claims["inv"], claims["pay"]) == (paid["id"], body["payment"])
    for wallet, what in (
        (Wallet.development("0.0.1003"), {"invoice": paid["id"]}),  # another payer
        (SHOP, {"invoice": paid["id"]}),  # who was paid
        (PAYER, {"invoice": unpaid["id"]}),
        (PAYER, {"invoice": plain["id"]}),  # paid, and opens nothing
        (PAYER, {"invoice": "inv_none"}),
        (PAYER, {"merchant": "blog", "contentId": "a b/ç"}),
        (PAYER, {"merchant": "shop", "contentId": "another"}),
    ):
        status, problem = await restore(wallet, **what)
        assert (status, problem["code"]) == (404, "not_found"), what

    payment = next(event["payment"] for event in settled if event["invoice"] == paid["id"])
    for sql in (
        "UPDATE payments SET status = 'reverted' WHERE id = :id",
        "UPDATE payments SET status = 'submitted' WHERE id = :id",
    ):
        async with open_database(database_url) as db:
            await db.write(lambda tx, sql=sql: tx.run(sql, id=payment))
            assert (await Journal(db).payment(payment)) is not None
        assert (await restore(PAYER, invoice=paid["id"]))[0] == 404


async def test_a_crumb_of_an_invoice_opens_nothing_and_closes_it_to_nobody(
    sqlite_url: str, keys: dict[str, str], devnet: DevNode, start_relay: Start
) -> None:
    """Whoever sees a memo on the ledger can pay to it: a unit before its payer, or after him."""
    thief, shop = Wallet.development("0.0.1003"), keys["shop"]
    relay = await watching(start_relay, sqlite_url, devnet, shop)
    paid_before, paid_after = [await invoice(relay.url, shop) for _ in range(2)]
    async with Listener(relay.url, {"apiKey": shop}) as merchant:
        await merchant.call("SUBSCRIBE", {"merchant": True})
        for asked, payer, units in (
            (paid_before, thief, 1), (paid_before, PAYER, 999), (paid_after, PAYER, 1_000), (paid_after, thief, 1),
        ):  # fmt: skip
            await send(devnet, signed(asked["memo"], payer=payer, pay_to=[(SHOP.account, units)]))
            await merchant.until_heard(EVENT, lambda event, asked=asked, payer=payer: (  # type: ignore[misc]
                (event["invoice"], event["payer"]) == (asked["id"], payer.account)
            ))  # fmt: skip
        told = {(each["invoice"], each["payer"]): "accessToken" in each for each in merchant.events}

    async def restored(wallet: Wallet, asked: dict[str, Any]) -> int:
        wish = {"network": "hedera:devnet", "account": wallet.account, "invoice": asked["id"]}
        _, challenge = await post(relay.url, "/v1/access/challenge", json=wish)
        proof = {"message": challenge["message"], "signature": sign(wallet, challenge["message"])}
        return (await post(relay.url, "/v1/access/restore", json=proof))[0]

    for asked in (paid_before, paid_after):
        assert told[asked["id"], PAYER.account]
        assert not told[asked["id"], thief.account]
        assert (await restored(PAYER, asked), await restored(thief, asked)) == (200, 404)


async def test_a_session_is_short_and_makes_only_what_it_may(
    relay: RelayProcess, keys: dict[str, str], sqlite_url: str
) -> None:
    session = await sign_in(relay, scopes=["keys:write", "invoices:read"])
    assert (await post(relay.url, "/v1/keys", session["token"], json={"role": "owner"}))[0] == 403
    status, _ = await post(relay.url, "/v1/keys", session["token"], json={"scopes": ["invoices:read"]})
    assert status == 201
    async with open_database(sqlite_url) as db:
        [opened] = [key for key in await Keys(db).of("shop") if key.kind == "ses"]
    assert opened.expires is not None and opened.expires - opened.created == timedelta(hours=1)
    assert opened.environment is Environment.TEST
    assert (await post(relay.url, f"/v1/keys/{opened.id}/rotate", keys["shop"]))[0] == 404


def _now() -> datetime:

    return datetime.now(UTC) + timedelta(seconds=1)
