"""Everything in the corpus is refused, with its code and for the reason meant; nothing but a refusal is ever raised."""

from __future__ import annotations

import pytest

from relay.chain import EXACT, SIGNED, SignedTransfer, Transfer
from relay.chains.eip155 import authorization, transaction
from relay.errors import InvalidTransfer, TooLarge
from tests.chains import evm
from tests.chains.evm_corpus import Bad, corpus

CORPUS = corpus()
SPEC = evm.spec(contract_wallets=False)  # so that every signature is decided here
ASKING = evm.spec()


def decode(signed: SignedTransfer, *, contract_wallets: bool = False) -> Transfer:
    read = {SIGNED: transaction, EXACT: authorization}[signed.scheme]
    return read.decode(signed, ASKING if contract_wallets else SPEC)


def test_the_corpus_is_large_and_names_each_once() -> None:
    assert len({bad.name for bad in CORPUS}) == len(CORPUS) >= 200


@pytest.mark.parametrize("bad", CORPUS, ids=lambda bad: bad.name)
def test_it_is_refused(bad: Bad) -> None:
    with pytest.raises((InvalidTransfer, TooLarge)) as refused:
        decode(bad.signed)

    assert (refused.value.code, bad.says in refused.value.message) == (bad.code, True), refused.value.message
