"""A process that makes payments as fast as it can: `python -m tests.store.hammer URL NAME PAYMENTS MERCHANT…`.

Half of the transfers are its own, half are presented by every process. Before each lap it says so and waits for a line:
whoever starts the laps of several at once knows that they overlap.
"""

from __future__ import annotations

import asyncio
import sys

from relay.money import TxId
from relay.payment import Payment, PaymentId
from relay.store.database import open_database
from relay.store.entries import New, Recorded, Replayed
from relay.store.journal import Journal
from tests.changed import replace
from tests.store.nouns import LATER, a_payment, news, settled, taken

LAPS = 4
AT_ONCE = 16  # fewer than wait: the processes take turns


async def main(url: str, name: str, payments: int, merchants: list[str]) -> None:
    async with open_database(url, patience=60) as db:
        journal, turn = Journal(db), asyncio.Semaphore(AT_ONCE)

        async def pay(payment: Payment) -> None:
            async with turn:
                match await journal.accept(payment, LATER):
                    case New(before):
                        for after in (taken(before), settled(taken(before))):
                            assert isinstance(await journal.record(before, after, None, news(after)), Recorded)
                            before = after
                    case other:
                        assert isinstance(other, Replayed)

        mine = [
            replace(
                a_payment(merchant),
                id=PaymentId(f"pay_{name}_{merchant}_{number}"),
                tx=TxId(f"{merchant}@{number}" + (name if number % 2 else "")),
            )
            for number in range(payments)
            for merchant in merchants
        ]
        for lap in range(LAPS):
            print("ready", flush=True)
            await asyncio.to_thread(sys.stdin.readline)
            await asyncio.gather(*map(pay, mine[lap * len(mine) // LAPS : (lap + 1) * len(mine) // LAPS]))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:]))
