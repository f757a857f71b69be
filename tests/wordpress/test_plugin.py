"""The plugin as a thing that is installed: translated, packed, updated and deleted."""

from __future__ import annotations

import re
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.browser.processes import ROOT
from tests.wordpress.articles import BLOCKS, publish
from tests.wordpress.site import PHP, Site, require_wordpress, running_site

FOLDER = ROOT / "plugins" / "wordpress"
PLUGIN = FOLDER / "relay-payments"
VERIFIERS = {"class-token.php", "class-webhook-signature.php"}  # need nothing of WordPress
SOURCES = sorted(PLUGIN.glob("**/*.php"))
pytestmark = pytest.mark.slow


def test_every_text_is_there_for_translators() -> None:
    require_wordpress()
    done = subprocess.run((*PHP, str(FOLDER / "make-pot.php"), "--check"), timeout=60, check=False)
    assert done.returncode == 0, "run php plugins/wordpress/make-pot.php"


def test_no_sql_is_put_together_and_no_file_does_anything_when_it_is_called_by_itself() -> None:
    """What can be seen without running: every query is prepared, and files stop outside WordPress or only declare."""
    for path in SOURCES:
        text = path.read_text()
        for call in re.findall(r"->(?:query|get_var|get_row|get_col|get_results)\((.*)", text):
            assert "prepare(" in call or call.strip() in ("", "// phpcs:ignore WordPress.DB.DirectDatabaseQuery"), call
        assert re.search(r"defined\( '(ABSPATH|WP_UNINSTALL_PLUGIN)' \) \|\| exit;", text) or path.name in VERIFIERS
        assert "eval(" not in text and "unserialize(" not in text


def test_the_package_is_the_plugin_with_its_client_and_nothing_else(tmp_path: Path) -> None:
    said = subprocess.run((FOLDER / "package.sh",), capture_output=True, text=True, timeout=60, check=True).stdout
    with zipfile.ZipFile(ROOT / said.strip()) as packed:
        names = set(packed.namelist())
    assert {"relay-payments/relay-payments.php", "relay-payments/readme.txt", "relay-payments/uninstall.php"} <= names
    assert all(name.startswith("relay-payments/") for name in names)


def test_deleting_it_leaves_the_articles_whole_and_nothing_else_behind(tmp_path: Path) -> None:
    with running_site(tmp_path) as site:
        id = publish(site)
        left = """require_once ABSPATH . 'wp-admin/includes/plugin.php';
            RelayPayments\\Settings::change( array( 'delete_data' => 1, 'api_key' => 'sk_test_0123456789abcdef' ) );
            set_transient( 'relay_payments_away', 1, 60 );
            update_user_meta( 1, '_relay_payments_free', array( 1 => 2 ) );
            deactivate_plugins( 'relay-payments/relay-payments.php' );
            uninstall_plugin( 'relay-payments/relay-payments.php' );
            wp_cache_flush();
            global $wpdb;
            $left = static fn( $column, $table ) => $wpdb->get_col(
                $wpdb->prepare( "SELECT $column FROM $table WHERE $column LIKE %s", '%relay\\_payments%' ) );
            return array(
                $left( 'option_name', $wpdb->options ), $left( 'meta_key', $wpdb->postmeta ),
                $left( 'meta_key', $wpdb->usermeta ), $wpdb->get_col( 'SHOW TABLES LIKE "%relay%"' ),
                get_post( $id )->post_content,
            );"""
        assert site.php(left, id=id) == [[], [], [], [], BLOCKS]


def test_a_schema_of_an_earlier_version_is_brought_here_without_losing_rows(any_site: Site) -> None:
    kept = any_site.php(
        """global $wpdb; $table = RelayPayments\\Payments::table();
        $payment = array( 'payment' => 'pay_OLD', 'status' => 'settled', 'network' => 'hedera:devnet',
            'asset' => '0.0.77', 'amount' => '123456789012345678901234567890', 'payer' => '0.0.1',
            'transactionId' => 'x',
            'createdAt' => '2026-01-02T03:04:05.678901Z', 'updatedAt' => '2026-01-02T03:04:05.678901Z' );
        RelayPayments\\Payments::record( $payment, null );
        $wpdb->query( "ALTER TABLE $table DROP COLUMN told" );
        update_option( RelayPayments\\Payments::SCHEMA_OPTION, '0' );
        RelayPayments\\Payments::install();
        $again = array_merge( $payment, array( 'payment' => 'pay_NEW', 'amount' => '999999999999999999999999999999' ) );
        RelayPayments\\Payments::record( $again, null );
        $totals = RelayPayments\\Payments::totals();
        $rows = $wpdb->get_col( "SELECT payment FROM $table WHERE payment LIKE 'pay\\____'" );
        $wpdb->query( "DELETE FROM $table WHERE payment LIKE 'pay\\____'" );
        $columns = $wpdb->get_col( "SHOW COLUMNS FROM $table" );
        return array( $rows, $totals, get_option( RelayPayments\\Payments::SCHEMA_OPTION ), $columns );"""
    )
    assert sorted(kept[0]) == ["pay_NEW", "pay_OLD"]
    assert [total["amount"] for total in kept[1] if total["asset"] == "0.0.77"] == ["1123456789012345678901234567889"]
    assert kept[2] == "2"
    assert "told" in kept[3]
