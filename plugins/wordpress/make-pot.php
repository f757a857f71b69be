<?php
/**
 * Writes relay-payments/languages/relay-payments.pot: every text of the plugin, for translators.
 *
 *     php plugins/wordpress/make-pot.php            writes it
 *     php plugins/wordpress/make-pot.php --check    exit 1 when the committed file is stale
 *
 * @package RelayPayments
 */

$plugin = __DIR__ . '/relay-payments';
$target = "$plugin/languages/relay-payments.pot";
$text   = "'((?:[^'\\\\]|\\\\.)*)'";
$forms  = array(
	"/(?:\\b|_)(?:__|esc_html__|esc_attr__|esc_html_e)\\(\\s*$text\\s*,\\s*'relay-payments'\\s*\\)/s",
	"/\\b_n\\(\\s*$text\\s*,\\s*$text\\s*,/s",
);
$found  = array();
$files  = array_merge( array( "$plugin/relay-payments.php" ), glob( "$plugin/includes/*.php" ), glob( "$plugin/assets/*.js" ) );
foreach ( $files as $file ) {
	$source = file_get_contents( $file );
	foreach ( $forms as $form ) {
		preg_match_all( $form, $source, $matches, PREG_SET_ORDER | PREG_OFFSET_CAPTURE );
		foreach ( $matches as $match ) {
			$line  = substr_count( $source, "\n", 0, $match[0][1] ) + 1;
			$lines = explode( "\n", $source );
			preg_match( '#/\*\s*translators:\s*(.*?)\s*\*/#s', ( $lines[ $line - 2 ] ?? '' ) . $lines[ $line - 1 ], $hint );
			$key = $match[1][0];
			$found[ $key ]['plural']   = $match[2][0] ?? null;
			$found[ $key ]['places'][] = substr( $file, strlen( $plugin ) + 1 );
			if ( $hint ) {
				$found[ $key ]['hint'] = $hint[1];
			}
		}
	}
}
foreach ( array( 'Plugin Name', 'Description' ) as $header ) {
	preg_match( "/^ \\* $header:\\s+(.*)$/m", file_get_contents( "$plugin/relay-payments.php" ), $match );
	$found[ $match[1] ]['places'][] = 'relay-payments.php';
}
ksort( $found );

$quote = static fn( $single ) => '"' . addcslashes( stripslashes( $single ), "\"\\\n" ) . '"';
$pot   = "# Texts of Relay Payments, under the plugin's own license.\nmsgid \"\"\nmsgstr \"\"\n\"Project-Id-Version: Relay Payments\\n\"\n\"Content-Type: text/plain; charset=UTF-8\\n\"\n\"Content-Transfer-Encoding: 8bit\\n\"\n\"X-Domain: relay-payments\\n\"\n";
foreach ( $found as $single => $entry ) {
	$pot .= "\n" . ( isset( $entry['hint'] ) ? "#. translators: $entry[hint]\n" : '' ) . '#: ' . implode( ' ', array_unique( $entry['places'] ) ) . "\nmsgid " . $quote( $single ) . "\n";
	$pot .= isset( $entry['plural'] ) ? 'msgid_plural ' . $quote( $entry['plural'] ) . "\nmsgstr[0] \"\"\nmsgstr[1] \"\"\n" : "msgstr \"\"\n";
}
if ( in_array( '--check', $argv, true ) ) {
	exit( is_file( $target ) && file_get_contents( $target ) === $pot ? 0 : 1 );
}
file_put_contents( $target, $pot );
