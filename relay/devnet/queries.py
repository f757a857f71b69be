"""What a node answers to a question: balances and receipts for nothing, the rest for a payment made with the question.

  INVALID_TRANSACTION_ID, INVALID_ACCOUNT_ID, INVALID_CONTRACT_ID, INVALID_FILE_ID   what is asked for makes no sense
  RECEIPT_NOT_FOUND, RECORD_NOT_FOUND     this node never took it and no consensus has it, or 180 s have passed
  (receipt status UNKNOWN)                this node took it; no consensus so far
  INSUFFICIENT_TX_FEE                     a payment below `cost`, or that is no transfer
  INVALID_RECEIVING_NODE_ACCOUNT          a payment that pays this node nothing
  NOT_SUPPORTED                           state proofs
A payment is prechecked like any transaction (workflows/query/QueryWorkflowImpl, QueryChecker of hiero-consensus-node).
"""

from __future__ import annotations

from collections.abc import Sequence

from relay import hapi_pb2 as pb
from relay.devnet.accounts import NANOS, Entry, name_id, proto_id
from relay.devnet.effects import find
from relay.devnet.envelope import Broken, Signed, code_name
from relay.devnet.fees import QUERY_TINYBARS
from relay.devnet.files import Listed, exchange_rates, read_file
from relay.devnet.ledger import Ledger

_FREE = ("cryptogetAccountBalance", "transactionGetReceipt")
_YEAR_SECONDS = 31_536_000


def header_of(query: pb.Query) -> pb.QueryHeader:
    """The header inside whichever kind of query this is."""
    header: pb.QueryHeader = getattr(query, query.WhichOneof("query") or "").header
    return header


def needs_payment(query: pb.Query) -> bool:
    """Asking for the price is free, and so are balances and receipts."""
    return query.WhichOneof("query") not in _FREE and header_of(query).responseType == pb.ANSWER_ONLY


def check_payment(payment: Signed, node: int) -> None:
    """The transfer that came with a question pays this node enough; raises `Broken`."""
    if payment.body.WhichOneof("data") != "cryptoTransfer":
        raise Broken(pb.INSUFFICIENT_TX_FEE, QUERY_TINYBARS)
    legs = payment.body.cryptoTransfer.transfers.accountAmounts
    if not legs:
        raise Broken(pb.INVALID_ACCOUNT_AMOUNTS)
    paid = [leg.amount for leg in legs if leg.accountID == pb.AccountID(accountNum=node) and leg.amount >= 0]
    if not paid:
        raise Broken(pb.INVALID_RECEIVING_NODE_ACCOUNT)
    if paid[0] < QUERY_TINYBARS:
        raise Broken(pb.INSUFFICIENT_TX_FEE, QUERY_TINYBARS)


def refuse(query: pb.Query, broken: Broken) -> pb.Response:
    """The answer of the query's own kind that says no."""
    header = pb.ResponseHeader(
        nodeTransactionPrecheckCode=code_name(broken.code),
        responseType=header_of(query).responseType,
        cost=broken.cost,
    )
    return _respond(query, header)


class Answers:
    """The questions a node can answer from the ledger."""

    def __init__(self, ledger: Ledger, nodes: Sequence[Listed]) -> None:
        self._ledger = ledger
        self._nodes = nodes

    def answer(self, query: pb.Query, *, pending: bool, forgotten: bool) -> pb.Response:
        """Answer one question, its payment being settled; raises `Broken`.

        `pending`: this node took the transaction asked for and has no outcome yet. `forgotten`: pretend 180 s passed.
        """
        header = pb.ResponseHeader(responseType=header_of(query).responseType)
        if header.responseType in (pb.ANSWER_STATE_PROOF, pb.COST_ANSWER_STATE_PROOF):
            raise Broken(pb.NOT_SUPPORTED)
        kind = query.WhichOneof("query")
        if header.responseType == pb.COST_ANSWER:
            header.cost = 0 if kind in _FREE else QUERY_TINYBARS
            return _respond(query, header)
        match kind:
            case "cryptogetAccountBalance":
                return pb.Response(cryptogetAccountBalance=self._balance(query.cryptogetAccountBalance, header))
            case "cryptoGetInfo":
                return pb.Response(cryptoGetInfo=self._info(query.cryptoGetInfo, header))
            case "fileGetContents":
                return pb.Response(fileGetContents=self._file(query.fileGetContents, header))
            case "transactionGetReceipt":
                asked = query.transactionGetReceipt
                entries = [] if forgotten else self._entries(asked.transactionID)
                return pb.Response(transactionGetReceipt=self._receipt(asked, entries, header, pending=pending))
            case _:
                record = query.transactionGetRecord
                entries = [] if forgotten else self._entries(record.transactionID)
                return pb.Response(transactionGetRecord=self._record(record, entries, header))

    def _entries(self, id: pb.TransactionID) -> list[Entry]:
        if not id.HasField("accountID") or not id.HasField("transactionValidStart"):
            raise Broken(pb.INVALID_TRANSACTION_ID)
        return self._ledger.fresh(name_id(id))

    def _balance(
        self, asked: pb.CryptoGetAccountBalanceQuery, header: pb.ResponseHeader
    ) -> pb.CryptoGetAccountBalanceResponse:
        if asked.WhichOneof("balanceSource") == "contractID":
            raise Broken(pb.INVALID_CONTRACT_ID)
        account = find(self._ledger.accounts, asked.accountID)
        if account is None:
            raise Broken(pb.INVALID_ACCOUNT_ID)
        tokens = [
            pb.TokenBalance(tokenId=pb.TokenID(tokenNum=token), balance=units, decimals=6)
            for token, units in account.tokens.items()
        ]
        return pb.CryptoGetAccountBalanceResponse(
            header=header,
            accountID=pb.AccountID(accountNum=account.number),
            balance=account.tinybars,
            tokenBalances=tokens,
        )

    def _info(self, asked: pb.CryptoGetInfoQuery, header: pb.ResponseHeader) -> pb.CryptoGetInfoResponse:
        account = find(self._ledger.accounts, asked.accountID)
        if account is None:
            raise Broken(pb.INVALID_ACCOUNT_ID)
        expires = account.created_ns // NANOS + 90 * 24 * 3600 + _YEAR_SECONDS * 100
        info = pb.CryptoGetInfoResponse.AccountInfo(
            accountID=pb.AccountID(accountNum=account.number),
            contractAccountID=account.evm_address.hex(),
            key=account.public_key,
            balance=account.tinybars,
            receiverSigRequired=account.receiver_signs,
            expirationTime=pb.Timestamp(seconds=expires),
            autoRenewPeriod=pb.Duration(seconds=90 * 24 * 3600),
            memo=account.memo,
            max_automatic_token_associations=account.automatic_associations,
            alias=account.alias,
        )
        return pb.CryptoGetInfoResponse(header=header, accountInfo=info)

    def _file(self, asked: pb.FileGetContentsQuery, header: pb.ResponseHeader) -> pb.FileGetContentsResponse:
        contents = read_file(asked.fileID.fileNum, self._nodes, self._ledger.clock.now_ns())
        if contents is None:
            raise Broken(pb.INVALID_FILE_ID)
        found = pb.FileGetContentsResponse.FileContents(fileID=asked.fileID, contents=contents)
        return pb.FileGetContentsResponse(header=header, fileContents=found)

    def _receipt(
        self, asked: pb.TransactionGetReceiptQuery, entries: list[Entry], header: pb.ResponseHeader, *, pending: bool
    ) -> pb.TransactionGetReceiptResponse:
        if not entries and not pending:
            raise Broken(pb.RECEIPT_NOT_FOUND)
        if not entries:
            unknown = pb.TransactionReceipt(status=pb.UNKNOWN)
            return pb.TransactionGetReceiptResponse(header=header, receipt=unknown)
        duplicates = map(_receipt_of, entries[1:]) if asked.includeDuplicates else ()
        return pb.TransactionGetReceiptResponse(
            header=header, receipt=_receipt_of(entries[0]), duplicateTransactionReceipts=duplicates
        )

    def _record(
        self, asked: pb.TransactionGetRecordQuery, entries: list[Entry], header: pb.ResponseHeader
    ) -> pb.TransactionGetRecordResponse:
        if not entries:
            raise Broken(pb.RECORD_NOT_FOUND)
        duplicates = map(_record_of, entries[1:]) if asked.includeDuplicates else ()
        return pb.TransactionGetRecordResponse(
            header=header, transactionRecord=_record_of(entries[0]), duplicateTransactionRecords=duplicates
        )


def _receipt_of(entry: Entry) -> pb.TransactionReceipt:
    receipt = pb.TransactionReceipt(status=code_name(entry.status), exchangeRate=exchange_rates(entry.consensus_ns))
    if entry.created:
        receipt.accountID.accountNum = entry.created
    return receipt


def _record_of(entry: Entry) -> pb.TransactionRecord:
    tokens = sorted({token for token, _, _ in entry.token_transfers})
    return pb.TransactionRecord(
        receipt=_receipt_of(entry),
        transactionHash=entry.hash,
        consensusTimestamp=pb.Timestamp(seconds=entry.consensus_ns // NANOS, nanos=entry.consensus_ns % NANOS),
        transactionID=proto_id(entry.id),
        memo=entry.memo,
        transactionFee=entry.fee,
        transferList=pb.TransferList(accountAmounts=[_leg(*each) for each in entry.transfers]),
        tokenTransferLists=[
            pb.TokenTransferList(
                token=pb.TokenID(tokenNum=token),
                transfers=[_leg(number, units) for of, number, units in entry.token_transfers if of == token],
            )
            for token in tokens
        ],
    )


def _leg(number: int, amount: int) -> pb.AccountAmount:
    return pb.AccountAmount(accountID=pb.AccountID(accountNum=number), amount=amount)


def _respond(query: pb.Query, header: pb.ResponseHeader) -> pb.Response:
    """A response of the query's kind with nothing but a header."""
    response = pb.Response()
    getattr(response, query.WhichOneof("query") or "").header.CopyFrom(header)
    return response
