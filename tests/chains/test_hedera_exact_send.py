"""Sending with an account of ours: one copy is co-signed, written down, and whoever sends again sends these bytes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from relay import hapi_pb2 as pb
from relay.chain import Receipt, Refused, SignedTransfer, Taken, Unknown
from relay.chains.hedera import link
from relay.chains.hedera.ledger import Hedera
from relay.devnet import open_devnet
from relay.devnet.genesis import key_of, private_key
from relay.devnet.network import DevNode
from tests.chains import exact_hedera as buyer
from tests.chains.conftest import Clock, Reports, all_healthy
from tests.chains.exact_site import exact_chain, pays, signers, verified
from tests.chains.signing import PAYER, SHOP, transfer_of
from tests.chains.test_hedera_submit import precheck, settled
from tests.conftest import CONSENSUS
from tests.servers.hapi_node import Fails, HapiNode, hapi_node
from tests.servers.mirror_node import MirrorNode

Open = Callable[..., Any]
OURS = key_of(buyer.FEE_PAYER).ed25519
ECDSA = {"account": "0.0.1002", "key": private_key(1002).hex(), "type": "ecdsa"}


@pytest.fixture
async def open_exact(sqlite_url: str, clock: Clock, reports: Reports) -> AsyncIterator[Open]:
    """Open chains over one database, as processes of one relay do."""
    async with AsyncExitStack() as stack:

        async def open_(nodes: dict[str, str], mirror: str, **options: Any) -> Hedera:
            return await stack.enter_async_context(exact_chain(sqlite_url, nodes, mirror, clock, reports, **options))

        yield open_


@pytest.mark.parametrize("transfer", [buyer.HBAR, buyer.DUSD], ids=["HBAR", "DUSD"])
async def test_a_payment_settles_and_the_fee_payer_pays_the_fee_and_nothing_else(
    open_exact: Open, devnet: DevNode, clock: Clock, transfer: pb.CryptoTransferTransactionBody
) -> None:
    chain = await open_exact(devnet.network, devnet.mirror)
    token = None if transfer is buyer.HBAR else 5001
    before = [devnet.ledger.balance(num, token) for num in (PAYER, SHOP)]
    hbar = [devnet.ledger.balance(num) for num in (PAYER, buyer.FEE_PAYER)]

    taken = await verified(chain, pays(clock, transfer))
    assert await chain.submit(taken.signed) == Taken(0)
    assert await settled(chain, taken.signed) == Receipt(ok=True, code=22, name="SUCCESS")

    after = [devnet.ledger.balance(num, token) for num in (PAYER, SHOP)]
    assert [now - then for now, then in zip(after, before, strict=True)] == [-buyer.AMOUNT, buyer.AMOUNT]
    [entry] = devnet.ledger.entries
    assert entry.payer == buyer.FEE_PAYER and entry.fee > 0
    assert devnet.ledger.balance(buyer.FEE_PAYER) == hbar[1] - entry.fee
    assert devnet.ledger.balance(PAYER) == hbar[0] - (buyer.AMOUNT if token is None else 0)


async def test_one_copy_is_co_signed_for_a_node_that_was_listed_and_is_there(open_exact: Open, clock: Clock) -> None:
    async with open_devnet(consensus=CONSENSUS, nodes=3) as network:
        chain = await open_exact(network.network, network.mirror)
        await all_healthy(chain)
        network.nodes[1].faults.down = True
        taken = await verified(chain, pays(clock, nodes=(99, 5, 3)))

        assert await chain.submit(taken.signed) == Taken(0)

        assert [len(node.seen) for node in network.nodes] == [0, 0, 1]
        assert signers(network.nodes[2].seen[0]) == [key_of(PAYER).ed25519, OURS]
        copies = pb.TransactionList.FromString(taken.signed.raw).transaction_list
        assert [OURS in signers(copy.SerializeToString()) for copy in copies] == [False] * 3


async def test_the_payers_bytes_are_not_written_anew(open_exact: Open, devnet: DevNode, clock: Clock) -> None:
    chain, signed = await open_exact(devnet.network, devnet.mirror), pays(clock)
    taken = await verified(chain, signed)

    await chain.submit(taken.signed)

    theirs = pb.SignedTransaction.FromString(pb.Transaction.FromString(signed.raw).signedTransactionBytes)
    [sent] = devnet.seen
    assert theirs.bodyBytes in sent and theirs.sigMap.SerializeToString() in sent


async def test_a_busy_node_is_left_for_another_and_the_last_one_is_waited_for(
    open_exact: Open, stub: HapiNode, devnet: DevNode, clock: Clock
) -> None:
    async with hapi_node() as other:
        chain = await open_exact({stub.address: "0.0.3", other.address: "0.0.4"}, devnet.mirror)
        await all_healthy(chain)
        stub.tell(link.TRANSFER, precheck(pb.BUSY))
        other.tell(link.TRANSFER, precheck(pb.BUSY), precheck(pb.OK))
        taken = await verified(chain, pays(clock, nodes=(3, 4)))

        assert await chain.submit(taken.signed) == Taken(0)

        assert (len(stub.transfers), len(other.transfers)) == (1, 2)


async def test_a_send_without_an_answer_is_repeated_and_no_second_copy_is_signed(
    open_exact: Open, stub: HapiNode, devnet: DevNode, clock: Clock
) -> None:
    async with hapi_node() as other:
        chain = await open_exact({stub.address: "0.0.3", other.address: "0.0.4"}, devnet.mirror, call_seconds=0.2)
        await all_healthy(chain)
        stub.tell(link.TRANSFER, Fails())
        taken = await verified(chain, pays(clock, nodes=(3, 4)))

        assert isinstance(await chain.submit(taken.signed), Unknown)

        assert len(set(stub.transfers)) == 1 and not other.transfers


async def test_whoever_sends_again_sends_the_bytes_on_record(
    open_exact: Open, stub: HapiNode, devnet: DevNode, clock: Clock
) -> None:
    async with hapi_node() as other:
        nodes = {stub.address: "0.0.3", other.address: "0.0.4"}
        one = await open_exact(nodes, devnet.mirror)
        await all_healthy(one)
        taken = await verified(one, pays(clock, nodes=(3, 4)))
        await one.submit(taken.signed)
        await stub.stop()

        another = await open_exact(dict(reversed(nodes.items())), devnet.mirror)
        said = await another.submit(taken.signed)

        assert isinstance(said, Refused) and said.reason == "node_unreachable"  # worthless: it was sent before
        assert len(stub.transfers) == 1 and not other.transfers


async def test_a_node_that_is_busy_later_is_not_left_for_another(
    open_exact: Open, stub: HapiNode, devnet: DevNode, clock: Clock
) -> None:
    """It may have what was sent before: a second copy could be recorded, too, and cost a second fee."""
    async with hapi_node() as other:
        nodes = {stub.address: "0.0.3", other.address: "0.0.4"}
        one = await open_exact(nodes, devnet.mirror, call_seconds=0.2)
        another = await open_exact(nodes, devnet.mirror)
        await all_healthy(one)
        await all_healthy(another)
        stub.tell(link.TRANSFER, Fails())
        taken = await verified(one, pays(clock, nodes=(3, 4)))
        assert isinstance(await one.submit(taken.signed), Unknown)
        stub.tell(link.TRANSFER, precheck(pb.BUSY), precheck(pb.OK))

        assert await another.submit(taken.signed) == Taken(0)

        assert len(set(stub.transfers)) == 1 and not other.transfers


async def test_any_number_of_submissions_in_any_number_of_processes_are_one_transaction(
    open_exact: Open, devnet: DevNode, clock: Clock
) -> None:
    chains = [await open_exact(devnet.network, devnet.mirror) for _ in range(3)]
    taken = await verified(chains[0], pays(clock))

    said = await asyncio.gather(*(chain.submit(taken.signed) for chain in chains for _ in range(10)))

    assert all(isinstance(each, Taken) for each in said)
    assert len(set(devnet.seen)) == 1
    assert await settled(chains[0], taken.signed) == Receipt(ok=True, code=22, name="SUCCESS")


async def test_another_transfer_under_the_same_id_is_not_sent_in_its_place(
    open_exact: Open, devnet: DevNode, clock: Clock
) -> None:
    """The first was refused, so that its id is free in the journal; its bytes are on record all the same."""
    chain = await open_exact(devnet.network, devnet.mirror)
    body = buyer.fresh(clock(), 999_999)
    first = await verified(chain, buyer.payment(buyer.signed(body)))
    devnet.faults.precheck = [pb.INSUFFICIENT_TX_FEE]
    await chain.submit(first.signed)
    body.cryptoTransfer.CopyFrom(transfer_of({PAYER: -5, SHOP: 5}))
    second = await verified(chain, buyer.payment(buyer.signed(body)))
    assert second.id == first.id

    said = await chain.submit(second.signed)

    assert isinstance(said, Refused) and said.reason == "invalid_transaction"
    assert len(devnet.seen) == 1
    assert await chain.submit(first.signed) == Taken(0)


async def test_an_ecdsa_account_pays_and_signs_the_same_bytes_alike(
    open_exact: Open, devnet: DevNode, clock: Clock, tmp_path: Any, reports: Reports
) -> None:
    chain = await open_exact(devnet.network, devnet.mirror, fee_payer=ECDSA)
    taken = await verified(chain, pays(clock, payer=1002))
    assert await chain.submit(taken.signed) == Taken(0)
    assert await settled(chain, taken.signed) == Receipt(ok=True, code=22, name="SUCCESS")

    elsewhere = f"sqlite:///{tmp_path}/other.db"  # knows nothing of it
    async with exact_chain(elsewhere, devnet.network, devnet.mirror, clock, reports, fee_payer=ECDSA) as again:
        assert await again.submit(taken.signed) == Taken(pb.DUPLICATE_TRANSACTION)

    assert devnet.seen[0] == devnet.seen[1]


async def test_a_refusal_by_the_node_is_told_with_its_code(open_exact: Open, devnet: DevNode, clock: Clock) -> None:
    chain = await open_exact(devnet.network, devnet.mirror)
    taken = await verified(chain, pays(clock))
    devnet.faults.precheck = [pb.INSUFFICIENT_TX_FEE]

    said = await chain.submit(taken.signed)

    assert isinstance(said, Refused) and (said.reason, said.code) == ("node_refused", pb.INSUFFICIENT_TX_FEE)


async def test_without_the_account_what_was_taken_is_followed_and_not_sent(
    open_exact: Open, open_hedera: Open, devnet: DevNode, clock: Clock
) -> None:
    chain = await open_exact(devnet.network, devnet.mirror)
    taken = await verified(chain, pays(clock))
    await chain.submit(taken.signed)

    bare = await open_hedera(nodes=devnet.network, mirror=devnet.mirror)

    assert await settled(bare, taken.signed) == Receipt(ok=True, code=22, name="SUCCESS")
    said = await bare.submit(taken.signed)
    assert isinstance(said, Refused) and said.reason == "sponsor_unavailable"


@pytest.mark.parametrize(
    ("arrived", "ok"), [(buyer.AMOUNT, True), (buyer.AMOUNT - 10, False), (buyer.AMOUNT + 1, False)]
)
async def test_what_the_record_says_was_delivered_decides(
    open_exact: Open, stub: HapiNode, stub_mirror: MirrorNode, clock: Clock, arrived: int, ok: bool
) -> None:
    """A token may keep a fee of its own, and the transfer goes through all the same."""
    chain = await open_exact(stub.network, stub_mirror.url)
    signed = pays(clock, buyer.DUSD)
    transfer = chain.decode(signed)
    found = pb.Response()
    found.transactionGetReceipt.receipt.status = pb.SUCCESS
    stub.tell(link.RECEIPT, found)
    payer, _, start = transfer.id.partition("@")
    collected = [{"account": "0.0.7000", "amount": buyer.AMOUNT - arrived, "token_id": "0.0.5001"}]
    stub_mirror.pages[f"/api/v1/transactions/{payer}-{start.replace('.', '-')}"] = {
        "transactions": [
            {
                "result": "SUCCESS",
                "charged_tx_fee": 83_333,
                "transfers": [{"account": "0.0.4001", "amount": -83_333}, {"account": "0.0.3", "amount": 83_333}],
                "token_transfers": [
                    {"account": "0.0.1001", "amount": -buyer.AMOUNT, "token_id": "0.0.5001"},
                    {"account": "0.0.2001", "amount": arrived, "token_id": "0.0.5001"},
                    *collected,
                ],
            }
        ]
    }

    sight = await chain.receipt(SignedTransfer(signed.chain, signed.scheme, transfer.signed.raw))

    assert isinstance(sight, Receipt) and (sight.ok, sight.code) == (ok, pb.SUCCESS)
    assert ok or (sight.reason == "settlement_transfer_amount_mismatch" and f"{arrived} of 1000" in (sight.error or ""))
