"""What we sent with keys of our own: the place in the key's row, the bytes and their hash, before anything goes out."""

from __future__ import annotations

from datetime import datetime

from relay.money import Account, ChainId, TxId
from relay.sends import Send, Sign
from relay.store.columns import micros, moment
from relay.store.database import Database
from relay.store.entries import OF_TRANSFER
from relay.store.tx import Row, Tx

PIECE = 500  # transactions read at once
GWEI = 10**9

_TAKE = """
    INSERT INTO signers (chain, signer, next) VALUES (:chain, :signer, :floor + 1)
    ON CONFLICT (chain, signer)
    DO UPDATE SET next = CASE WHEN signers.next < :floor THEN :floor ELSE signers.next END + 1
    RETURNING next
"""
_INSERT = """
    INSERT INTO sends (chain, signer, nonce, transfer, merchant, payer, gwei, made, versions, cancelled)
    VALUES (:chain, :signer, :nonce, :transfer, :merchant, :payer, :gwei, :made, 1, 0)
    ON CONFLICT (chain, transfer) DO NOTHING
"""
_VERSION = """
    INSERT INTO send_versions (chain, signer, nonce, version, raw, hash)
    VALUES (:chain, :signer, :nonce, :version, :raw, :hash)
"""
_SENDS = "SELECT chain, signer, nonce, transfer, made, versions, cancelled FROM sends "
_OWNER = "SELECT merchant, payer FROM payments WHERE " + OF_TRANSFER  # noqa: S608  # our own words


class SentByUs:
    """`relay.sends.Sends`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def of(self, chain: ChainId, transfer: TxId) -> Send | None:
        return await self._db.read(lambda tx: _find(tx, str(chain), transfer))

    async def make(
        self, chain: ChainId, signer: Account, transfer: TxId, floor: int, wei: int, sign: Sign, now: datetime
    ) -> Send:
        def op(tx: Tx) -> Send:
            known = _find(tx, str(chain), transfer)
            if known is not None:  # made before: by another asker, or by us before the wire broke
                return known
            taken = tx.one(_TAKE, chain=str(chain), signer=signer, floor=floor)
            if taken is None:
                raise RuntimeError("the database gave no nonce")
            nonce = taken["next"] - 1
            raw, hash = sign(nonce)
            owner = tx.one(_OWNER, chain=str(chain), tx_id=transfer)
            place = {"chain": str(chain), "signer": signer, "nonce": nonce}
            mine = tx.run(
                _INSERT,
                **place,
                transfer=transfer,
                merchant="" if owner is None else owner["merchant"],
                payer="" if owner is None else owner["payer"],
                gwei=-(-wei // GWEI),
                made=micros(now),
            )
            if not mine:
                raise _TakenMeanwhile
            tx.run(_VERSION, **place, version=1, raw=raw, hash=hash)
            return Send(chain, signer, nonce, transfer, (raw,), (hash,), now)

        try:
            return await self._db.write(op, order=f"{chain} {signer}")
        except _TakenMeanwhile:
            found = await self.of(chain, transfer)
            if found is None:
                raise RuntimeError("a transaction of ours was made and is not there") from None
            return found

    async def replace(self, send: Send, raw: bytes, hash: str, *, cancelled: bool) -> Send:
        place = {"chain": str(send.chain), "signer": send.signer, "nonce": send.nonce}
        before = len(send.raws)

        def op(tx: Tx) -> None:
            changed = tx.run(
                "UPDATE sends SET versions = :after,"
                " cancelled = CASE WHEN cancelled = 0 AND :cancelled = 1 THEN :before ELSE cancelled END"
                " WHERE chain = :chain AND signer = :signer AND nonce = :nonce AND versions = :before",
                **place,
                before=before,
                after=before + 1,
                cancelled=int(cancelled),
            )
            if changed:
                tx.run(_VERSION, **place, version=before + 1, raw=raw, hash=hash)

        await self._db.write(op, order=f"{send.chain} {send.signer}")
        found = await self.of(send.chain, send.transfer)
        if found is None:
            raise RuntimeError("a transaction of ours is not there any more")
        return found

    async def release(self, send: Send) -> None:
        def op(tx: Tx) -> None:
            tx.run(
                "UPDATE sends SET transfer = :lost"
                " WHERE chain = :chain AND signer = :signer AND nonce = :nonce AND transfer = :transfer",
                chain=str(send.chain),
                signer=send.signer,
                nonce=send.nonce,
                transfer=send.transfer,
                lost=f"{send.transfer} lost {send.signer} {send.nonce}",
            )

        await self._db.write(op, order=f"{send.chain} {send.signer}")

    async def waiting(self, chain: ChainId, signer: Account, floor: int) -> list[Send]:
        sql = _SENDS + "WHERE chain = :chain AND signer = :signer AND nonce >= :floor ORDER BY nonce LIMIT :limit"
        values = {"chain": str(chain), "signer": signer, "floor": floor, "limit": PIECE}
        return await self._db.read(lambda tx: [_send(tx, row) for row in tx.all(sql, **values)])

    async def spent(self, chain: ChainId, since: datetime, *, merchant: str = "", payer: str = "") -> int:
        column, whose = ("merchant", merchant) if merchant else ("payer", payer)
        sql = (
            "SELECT COALESCE(SUM(gwei), 0) AS gwei FROM sends"  # noqa: S608  # the name of one of two columns
            f" WHERE chain = :chain AND {column} = :whose AND made >= :since"
        )
        row = await self._db.read(lambda tx: tx.one(sql, chain=str(chain), whose=whose, since=micros(since)))
        return 0 if row is None else int(row["gwei"]) * GWEI


class _TakenMeanwhile(Exception):
    """Another process carries the transfer: what this transaction took is given back by the rollback."""


def _find(tx: Tx, chain: str, transfer: str) -> Send | None:
    row = tx.one(_SENDS + "WHERE chain = :chain AND transfer = :transfer", chain=chain, transfer=transfer)
    return None if row is None else _send(tx, row)


def _send(tx: Tx, row: Row) -> Send:
    versions = tx.all(
        "SELECT raw, hash FROM send_versions WHERE chain = :chain AND signer = :signer AND nonce = :nonce"
        " ORDER BY version",
        chain=row["chain"],
        signer=row["signer"],
        nonce=row["nonce"],
    )
    return Send(
        chain=ChainId.parse(row["chain"]),
        signer=Account(row["signer"]),
        nonce=row["nonce"],
        transfer=TxId(row["transfer"]),
        raws=tuple(bytes(version["raw"]) for version in versions),
        hashes=tuple(version["hash"] for version in versions),
        made=moment(row["made"]),
        cancelled_from=row["cancelled"] or None,
    )
