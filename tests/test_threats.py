"""Which test stands against which threat, by the numbers of the threat list. A name without a test is a failure here.

Plugins of shops (1, 28, 31) are checked where they live; Solana (6) and flush contracts (29) are not of this relay.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

HERE = Path(__file__).parent

THREATS: dict[int, tuple[str, ...]] = {
    # verification off when a secret is empty; play networks with real keys
    2: (
        "test_webhook.py::test_threat_2_nothing_is_ever_sent_without_a_key",
        "test_settings.py::test_a_live_network_without_a_master_key_is_refused_and_says_what_to_do",
        "server/test_keys.py::test_test_and_live_never_mix",
    ),
    # a replayed webhook
    3: ("test_webhook.py::test_threat_3_a_replay_outside_the_window_is_refused_by_any_standard_receiver",),
    # our own calls turned against the inside
    4: (
        "test_egress.py::test_threat_4_an_address_that_is_not_public_is_refused_in_every_disguise",
        "test_egress.py::test_threat_4_a_name_that_is_rebound_after_its_check_is_not_connected_to",
        "test_webhook_calls.py::test_threat_4_a_name_rebound_to_the_inside_at_delivery_is_not_called",
        "test_webhook_calls.py::test_threat_4_an_endpoint_made_when_the_policy_was_laxer_is_not_called",
        "server/test_webhooks.py::test_a_redirect_is_a_failure_and_is_not_followed",
    ),
    # fake and lying tokens
    5: (
        "chains/test_eip155_zoo.py::test_what_a_listed_token_tries_with_an_authorization",
        "chains/test_eip155_zoo.py::test_what_a_listed_token_tries_with_a_payers_own_transaction",
        "chains/test_eip155_zoo.py::test_what_did_not_arrive_is_not_found_by_watching_either",
    ),
    # instructed is not delivered
    7: (
        "chains/test_eip155_receipts.py::test_what_arrived_counts_not_that_the_transaction_went_through",
        "chains/test_hedera_receipt.py::test_a_success_counts_only_if_what_was_recorded_is_ours",
        "chains/test_hedera_exact_send.py::test_what_the_record_says_was_delivered_decides",
    ),
    # replacement and double spend
    8: (
        "chains/test_eip155_receipts.py::test_a_nonce_that_another_transaction_took_proves_never_once_that_is_final",
        "test_evm_reorg.py::test_a_double_spend_in_a_reorganisation_ends_the_payment_and_frees_its_invoice",
        "chains/test_eip155_row.py::test_larger_amounts_wait_for_stricter_rules",
    ),
    # reorganisation
    9: (
        "chains/test_eip155_watch.py::test_the_same_height_with_another_hash_is_read_again",
        "test_evm_reorg.py::test_a_settled_payment_that_a_reorganisation_drops_is_reverted_sent_again_and_settled_again",
        "server/test_evm_watch.py::"
        "test_what_a_deep_reorganisation_takes_back_is_told_and_revoked_even_if_nobody_looked",
    ),
    # endpoints that lie or lag
    10: (
        "chains/test_eip155_nodes.py::test_a_node_that_falls_behind_takes_nothing_back",
        "chains/test_eip155_nodes.py::test_two_endpoints_on_two_forks_end_in_agreement",
        "chains/test_hedera_receipt.py::test_a_mirror_that_lags_behind_the_window_proves_nothing",
        "chains/test_hedera_receipt.py::test_a_mirror_that_talks_junk_is_unreachable",
    ),
    # downtime loses payments
    11: (
        "chains/test_eip155_watch.py::test_ten_thousand_blocks_of_downtime_are_caught_up",
        "server/test_watch.py::"
        "test_a_transfer_sent_past_the_relay_is_told_as_settled_and_pays_the_invoice_its_memo_names",
    ),
    # rounding and decimals
    12: (
        "test_credit.py::test_a_split_adds_up_and_nobody_is_off_by_a_whole_unit",
        "test_rate.py::test_what_is_due_is_never_worth_less_than_the_price_nor_a_step_more",
        "test_rate.py::test_what_is_due_is_rounded_up_to_what_the_chain_moves",
    ),
    # rates that are wrong, old or pushed
    13: (
        "rates/test_sources.py::test_of_two_sources_that_differ_tenfold_neither_is_believed",
        "rates/test_sources.py::test_a_feed_that_lies_costs_its_own_word_and_alone_it_is_no_rate",
        "rates/test_sources.py::test_a_coin_that_is_not_in_the_answer_or_has_no_time_has_no_rate",
    ),
    # paying only if the price moved
    14: (
        "test_rate.py::test_a_rate_is_believed_while_it_is_fresh_and_never_from_the_future",
        "server/test_price_routes.py::test_a_quote_that_holds_is_not_made_again",
    ),
    # tolerance of each part
    15: ("test_credit.py::test_order_and_repetition_change_nothing_and_tolerance_is_of_the_sum",),
    # a forged or foreign memo
    16: (
        "server/test_money_policy.py::test_money_for_no_open_invoice_is_never_lost_but_unassigned",
        "server/test_attacks.py::test_another_transfer_under_the_same_id_pays_nothing",
    ),
    # one transfer credited twice
    17: (
        "chains/test_eip155_watch.py::test_several_transfers_of_one_transaction_are_several_payments",
        "server/test_watch.py::test_what_went_through_the_relay_is_not_credited_again",
    ),
    # races on state or money
    19: (
        "server/test_transfer.py::test_one_invoice_takes_one_payment",
        "x402/test_facilitator.py::test_of_many_callers_with_one_payload_one_is_served_and_one_transaction_is_made",
        "x402/test_facilitator.py::test_who_copies_a_payment_from_the_chain_takes_it_from_nobody",
        "x402/test_facilitator.py::test_what_another_door_took_opens_nothing_here",
        "store/test_claims.py::test_of_racing_claims_one_wins_and_wins_again",
        "server/test_sign_in.py::test_of_many_who_present_one_signature_at_once_one_is_let_in",
    ),
    # an open relay, a drained sponsor
    20: (
        "chains/test_eip155_costs.py::"
        "test_a_budget_that_is_used_up_refuses_its_own_and_nobody_else_and_survives_a_restart",
        "chains/test_eip155_refusals.py::test_nothing_of_the_corpus_is_taken_and_nothing_is_sent_for_it",
        "chains/test_hedera_exact_vectors.py::test_a_bad_payment_is_refused_by_the_rule_it_breaks",
        "x402/test_vectors.py::test_what_breaks_a_rule_is_refused_for_that_rule",
        "x402/test_routes.py::test_who_is_paid_is_a_merchant_or_has_one_answer_for_him",
        "x402/test_routes.py::test_a_name_that_is_none_or_was_never_paid_for_is_kept_nowhere",
        "x402/test_rules.py::test_a_merchants_own_policy_bounds_what_is_paid_for_him",
        "chains/test_hedera_exact_purse.py::test_a_merchants_budget_counts_what_is_on_its_way",
        "chains/test_hedera_exact_purse.py::test_the_same_money_is_not_promised_twice",
        "server/test_attacks.py::test_a_merchant_cannot_sell_what_is_another_s",
    ),
    # one tenant reads another
    22: (
        "server/test_tenants.py::test_every_route_keeps_two_merchants_apart",
        "server/test_tenants.py::test_every_room_keeps_two_merchants_apart",
        "server/test_tenants.py::test_filters_find_nothing_of_another_merchant",
        "server/test_subscribe.py::test_clients_cannot_speak_as_the_relay",
    ),
    # sockets abused
    23: (
        "server/test_attacks.py::test_a_packet_without_end_ends_its_connection",
        "server/test_attacks.py::test_transports_that_never_join_count_too",
        "server/test_bad_input.py::test_a_huge_message_ends_its_connection_only",
        "server/test_subscribe.py::test_a_reader_that_does_not_read_is_cut_off_and_comes_back_for_the_rest",
    ),
    # cells that are formulas, forged forwarding headers, what strangers may scrape
    24: (
        "server/test_money_policy.py::test_totals_and_a_table_of_all_invoices",
        "server/test_attacks.py::test_a_forged_forwarding_header_does_not_buy_a_fresh_budget",
        "browser/test_pay_page.py::test_the_merchants_site_may_frame_the_page_and_hears_how_it_goes",
        "server/test_metrics.py::test_numbers_are_for_this_machine_and_not_for_whom_a_proxy_brings",
    ),
    # content unlocked for who did not pay
    25: ("server/test_attacks.py::test_what_the_ledger_tells_everyone_does_not_bring_the_access_token",),
    # a key that lacks a scope
    26: (
        "server/test_keys.py::test_a_missing_scope_is_an_error_that_names_it",
        "server/test_keys.py::test_a_key_makes_no_key_that_may_more_than_itself",
    ),
    # secrets in logs, answers, labels
    27: (
        "server/test_canaries.py::test_no_secret_is_in_the_logs_or_at_rest",
        "server/test_metrics.py::test_a_payment_is_counted_and_timed_from_its_arrival",
        "rates/test_sources.py::test_what_went_wrong_never_tells_the_url",
        "test_settings.py::test_of_a_chain_neither_keys_nor_the_keys_in_urls_are_shown",
    ),
    # clocks that differ
    30: ("test_access.py::test_a_token_is_issued_in_its_past",),
}
NOT_OURS = {1, 6, 28, 29, 31}
WITHOUT_A_TEST = {18, 21}  # addresses are not pooled: a memo or a nonce names the invoice; the terms are signed (JWS)


@pytest.mark.parametrize("number", sorted(THREATS))
def test_a_threat_has_tests(number: int) -> None:
    for name in THREATS[number]:
        path, _, test = name.partition("::")
        assert test in _tests(HERE / path), f"threat {number}: there is no {name}"


def test_every_threat_is_accounted_for() -> None:
    assert THREATS.keys() | NOT_OURS | WITHOUT_A_TEST == set(range(1, 32))


def _tests(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
