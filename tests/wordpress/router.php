<?php
// What Apache does for a WordPress: files as they are, the rest to index.php. wp-content is the site's own.

$path = rawurldecode( (string) parse_url( $_SERVER['REQUEST_URI'], PHP_URL_PATH ) );
$content = getenv( 'RELAY_TEST_CONTENT' );
if ( str_contains( $path, '..' ) ) {
	http_response_code( 400 );
	return true;
}
if ( str_starts_with( $path, '/wp-content/' ) && is_file( $content . substr( $path, 11 ) ) ) {
	$types = array( 'js' => 'text/javascript', 'css' => 'text/css', 'svg' => 'image/svg+xml', 'json' => 'application/json' );
	$file = $content . substr( $path, 11 );
	header( 'Content-Type: ' . ( $types[ pathinfo( $file, PATHINFO_EXTENSION ) ] ?? 'application/octet-stream' ) );
	readfile( $file );
	return true;
}
$file = $_SERVER['DOCUMENT_ROOT'] . $path;
if ( is_dir( $file ) && is_file( rtrim( $file, '/' ) . '/index.php' ) ) {
	$file = rtrim( $file, '/' ) . '/index.php';
}
if ( is_file( $file ) && ! str_ends_with( $file, '.php' ) ) {
	return false;
}
$script = is_file( $file ) ? $file : $_SERVER['DOCUMENT_ROOT'] . '/index.php';
$_SERVER['SCRIPT_FILENAME'] = $script;
$_SERVER['SCRIPT_NAME'] = substr( $script, strlen( $_SERVER['DOCUMENT_ROOT'] ) );
$_SERVER['PHP_SELF'] = $_SERVER['SCRIPT_NAME'];
chdir( dirname( $script ) );
require $script;
