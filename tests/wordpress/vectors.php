<?php
// php vectors.php VECTORS PLUGIN: replays tokens.json and webhooks.json; prints what went wrong, and how much was right.

[ , $vectors, $plugin ] = $argv;
require "$plugin/includes/class-token.php";
require "$plugin/includes/class-webhook-signature.php";

use RelayPayments\Token;
use RelayPayments\Webhook_Signature;

$wrong = array();
$right = 0;

$tokens = json_decode( file_get_contents( "$vectors/tokens.json" ), true );
foreach ( $tokens['cases'] as $case ) {
	$now = (float) ( new DateTimeImmutable( $case['now'] ) )->format( 'U.u' );
	try {
		$claims = Token::verify( $case['token'], $tokens['jwks'], $case['issuer'], $case['audience'], $case['scope'], $now );
		$found  = array( 'ok' => true, 'claims' => json_decode( json_encode( $claims ), true ) );
	} catch ( DomainException $refusal ) {
		$found = array( 'ok' => false );
	}
	$expected = $case['expect']['ok'] ? $case['expect'] : array( 'ok' => false );
	if ( $found == $expected ) {
		++$right;
	} else {
		$wrong[] = "token: $case[name]";
	}
}

$webhooks = json_decode( file_get_contents( "$vectors/webhooks.json" ), true );
foreach ( $webhooks['cases'] as $case ) {
	if ( 'standard' !== $case['profile'] ) {
		continue;
	}
	$headers = array_change_key_case( $case['headers'] );
	foreach ( array_merge( $case['secrets'], $case['publicKeys'] ) as $key ) {
		foreach ( array( 0 => $case['valid'], 300 => $case['valid'], -300 => $case['valid'], 302 => false, -302 => false ) as $later => $valid ) {
			$id = Webhook_Signature::verify( $headers, $case['body'], array( $key ), $case['timestamp'] + $later );
			if ( ( $valid ? $headers['webhook-id'] : null ) === $id ) {
				++$right;
			} else {
				$wrong[] = "webhook: $case[name], $later s later";
			}
		}
	}
	foreach ( array( array(), array( '' ), array( 'whsec_' ), array( 'whpk_' ), array( 'whsec_AAAA' ) ) as $keys ) {
		if ( null !== Webhook_Signature::verify( $headers, $case['body'], $keys, $case['timestamp'] ) ) {
			$wrong[] = "webhook: $case[name], without a key";
		}
	}
}
echo json_encode( array( 'right' => $right, 'wrong' => $wrong ) );
