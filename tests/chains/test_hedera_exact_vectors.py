"""Every rule of scheme `exact` on Hedera, from tests/vectors/hedera-exact.json: the good pass, the rest does not."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from relay import hapi_pb2 as pb
from relay.abilities import Ask
from relay.chain import EXACT, SignedTransfer, Transfer
from relay.chains.hedera import Options, open_chain
from relay.chains.hedera.asked import INVALID_ASSET, UNMANAGED
from relay.chains.hedera.ledger import Hedera
from relay.chains.hedera.reasons import Reason
from relay.errors import RelayError
from tests.chains import exact_hedera as buyer
from tests.chains.signing import DEVNET
from tests.servers.mirror_node import mirror_node
from tests.vectors import generate_hedera_exact

NOBODY = "127.0.0.1:9"  # the discard service, which nobody runs
VECTORS = json.loads(generate_hedera_exact.VECTORS.read_text())
CASES = {case["name"]: case for case in VECTORS["cases"]}


def shown(account: str, holder: dict[str, Any]) -> dict[str, object]:
    """What a mirror node answers of an account of the vectors, by path."""
    key = pb.Key.FromString(bytes.fromhex(holder["key"]))
    simple = {"ed25519": "ED25519", "ECDSA_secp256k1": "ECDSA_SECP256K1"}.get(key.WhichOneof("key") or "")
    slots = holder["automaticAssociations"]
    came = [{"token_id": f"0.0.{7000 + n}", "automatic_association": True} for n in range(slots["used"])]
    frozen = "FROZEN" if holder["frozen"] else "UNFROZEN"
    known = {
        token: {"token_id": token, "balance": units, "freeze_status": frozen}
        for token, units in holder["tokens"].items()
    }
    path = f"/api/v1/accounts/{account}"
    return {
        f"{path}?transactions=false": {
            "account": account,
            "balance": {"balance": holder["tinybars"]},
            "deleted": holder["deleted"],
            "receiver_sig_required": holder["receiverSigRequired"],
            "max_automatic_token_associations": slots["most"],
            "key": {
                "_type": simple or "ProtobufEncoded",
                "key": (key.ed25519 or key.ECDSA_secp256k1).hex() if simple else holder["key"],
            },
        },
        f"{path}/tokens?limit=100": {"tokens": [*known.values(), *came]},
        **{
            f"{path}/tokens?token.id={token}": {"tokens": [known[token]] if token in known else []}
            for token in VECTORS["tokens"]
        },
    }


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chain() -> AsyncIterator[Hedera]:
    async with mirror_node() as mirror:
        for account, holder in VECTORS["ledger"].items():
            mirror.pages |= shown(account, holder)
        for id, token in VECTORS["tokens"].items():
            mirror.pages[f"/api/v1/tokens/{id}"] = {
                "deleted": token["deleted"],
                "pause_status": "PAUSED" if token["paused"] else "UNPAUSED",
                "custom_fees": {
                    "fractional_fees": [{"net_of_transfers": fee["netOfTransfers"]} for fee in token["fractionalFees"]]
                },
            }
        asked = {
            "nodes": dict.fromkeys([NOBODY], *VECTORS["nodes"]),
            "mirror": mirror.url,
            "fee_payer": buyer.OPTIONS,
            "max_fee_tinybars": VECTORS["maxFeeTinybars"],
            "assets": [
                {"asset": id, "symbol": "T", "decimals": token["decimals"]} for id, token in VECTORS["tokens"].items()
            ],
        }
        options = msgspec.convert(asked, Options)
        now = datetime.fromtimestamp(VECTORS["now"], UTC)
        async with open_chain(DEVNET, options, clock=lambda: now, report=lambda *_: None) as opened:
            yield opened


async def judged(chain: Hedera, case: dict[str, Any]) -> Transfer:
    terms, signed = case["terms"], SignedTransfer(DEVNET, EXACT, base64.b64decode(case["transaction"]))
    chain.compare(signed, Ask(terms["payTo"], terms["asset"], int(terms["amount"]), terms["extra"]))
    transfer = chain.decode(signed)
    await chain.verify(transfer, "shop")
    return transfer


def test_the_vectors_are_what_the_generator_writes() -> None:
    assert generate_hedera_exact.VECTORS.read_text() == generate_hedera_exact.text(), (
        "run python -m tests.vectors.generate_hedera_exact"
    )


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", [name for name, case in CASES.items() if "code" not in case])
async def test_a_good_payment_passes_and_names_whose_money_it_is(chain: Hedera, name: str) -> None:
    transfer = await judged(chain, CASES[name])

    assert (transfer.payer, transfer.id) == (CASES[name]["payer"], CASES[name]["transactionId"])
    assert transfer.payer != VECTORS["feePayer"]["account"]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", [name for name, case in CASES.items() if "code" in case])
async def test_a_bad_payment_is_refused_by_the_rule_it_breaks(chain: Hedera, name: str) -> None:
    with pytest.raises(RelayError) as refused:
        await judged(chain, CASES[name])

    case = CASES[name]
    assert (refused.value.code, refused.value.x402) == (case["code"], case["reason"]), refused.value.message


def test_every_reason_has_a_case() -> None:
    named = {case["reason"] for case in CASES.values() if "reason" in case}

    assert named == {*Reason, INVALID_ASSET, UNMANAGED}
