"""Submitting one transfer signed for several nodes: which copy goes to whom, and when another does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from relay.chain import Taken
from relay.chains.hedera.copies import copies_in
from relay.devnet import open_devnet
from relay.devnet.network import DevNode
from tests.chains.conftest import Open, all_healthy
from tests.chains.signing import copies
from tests.chains.test_hedera_submit import UNREACHABLE, Make, channel

__all__ = ["channel"]

Two = tuple[DevNode, Any]


@pytest_asyncio.fixture
async def two(open_hedera: Open) -> AsyncIterator[Two]:
    """Two nodes that are well, and the chain that knows them."""
    async with open_devnet(nodes=2) as devnet:
        chain = await open_hedera(nodes=devnet.network)
        await all_healthy(chain)
        yield devnet, chain


async def test_a_copy_for_another_node_is_used_when_the_first_is_away(two: Two, make: Make) -> None:
    devnet, chain = two
    await devnet.nodes[0].stop()
    transfer = chain.decode(copies(make, 3, 4))

    assert await chain.submit(transfer.signed) == Taken(0)

    assert len(devnet.nodes[1].seen) == 1


async def test_a_copy_for_another_node_is_used_when_the_first_is_busy(two: Two, make: Make) -> None:
    devnet, chain = two
    devnet.nodes[0].faults.busy = 1

    assert await chain.submit(copies(make, 3, 4)) == Taken(0)

    assert (len(devnet.nodes[0].seen), len(devnet.nodes[1].seen)) == (1, 1)


async def test_a_copy_without_answer_is_sent_again_before_another_is(two: Two, make: Make) -> None:
    devnet, chain = two
    devnet.nodes[0].faults.lost_answers = 1

    assert await chain.submit(copies(make, 3, 4)) == Taken(11)

    assert (len(devnet.nodes[0].seen), len(devnet.nodes[1].seen)) == (2, 0)


async def test_another_copy_is_sent_when_the_node_of_an_unanswered_one_is_gone(two: Two, make: Make) -> None:
    devnet, chain = two
    devnet.nodes[0].faults.down = True

    assert await chain.submit(copies(make, 3, 4)) == Taken(0)


async def test_the_payers_order_of_copies_is_kept_among_healthy_nodes(open_hedera: Open, make: Make) -> None:
    async with open_devnet(nodes=3) as devnet:
        chain = await open_hedera(nodes=devnet.network)
        await all_healthy(chain)

        assert await chain.submit(copies(make, 5, 3, 4)) == Taken(0)

        assert [len(node.seen) for node in devnet.nodes] == [0, 0, 1]


async def test_a_list_that_no_node_is_there_for_is_refused(open_hedera: Open, make: Make) -> None:
    chain = await open_hedera(nodes={"127.0.0.1:9": "0.0.3", "127.0.0.1:1": "0.0.4"})

    assert await chain.submit(copies(make, 3, 4)) == UNREACHABLE


def test_a_list_that_takes_much_is_read_again_where_a_small_one_is_kept(make: Make) -> None:
    small, large = copies(make, 3, 4).raw, copies(make, *range(3, 53)).raw
    assert copies_in(small) is copies_in(small)
    assert copies_in(large) == copies_in(large)
    assert copies_in(large) is not copies_in(large)
