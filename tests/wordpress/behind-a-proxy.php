<?php
// What a site behind a proxy of its own does: the visitor's address is what the proxy says.

add_filter( 'relay_payments_client_address', static fn( $address ) => $_SERVER['HTTP_X_FORWARDED_FOR'] ?? $address );
