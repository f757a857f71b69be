<?php
/**
 * The settings page.
 *
 * @package RelayPayments
 */

namespace RelayPayments;

defined( 'ABSPATH' ) || exit;

/** Relay Payments > Settings. WordPress's own options.php checks the nonce and the capability, Settings every field. */
final class Settings_Page {

	public const SLUG = 'relay-payments-settings';

	/** Listen. */
	public static function start(): void {
		add_action( 'admin_init', array( self::class, 'register' ) );
		add_action( 'admin_enqueue_scripts', array( self::class, 'load' ) );
		add_filter( 'plugin_action_links_' . plugin_basename( FILE ), array( self::class, 'link' ) );
	}

	/** Register the option with its check. */
	public static function register(): void {
		register_setting(
			self::SLUG,
			Settings::OPTION,
			array(
				'type'              => 'array',
				'sanitize_callback' => array( Settings::class, 'sanitize' ),
				'show_in_rest'      => false,
				'default'           => Settings::DEFAULTS,
			)
		);
	}

	/** What the page loads. */
	public static function load( string $hook ): void {
		if ( ! str_ends_with( $hook, '_page_' . self::SLUG ) ) {
			return;
		}
		wp_enqueue_style( 'relay-payments-admin', plugins_url( 'assets/admin.css', FILE ), array(), VERSION );
		wp_enqueue_script( 'relay-payments-settings', plugins_url( 'assets/settings.js', FILE ), array( 'wp-api-fetch', 'wp-i18n' ), VERSION, true );
		wp_set_script_translations( 'relay-payments-settings', 'relay-payments' );
	}

	/** A link on the list of plugins. */
	public static function link( array $links ): array {
		return array_merge( array( '<a href="' . esc_url( self::url() ) . '">' . esc_html__( 'Settings', 'relay-payments' ) . '</a>' ), $links );
	}

	/** Its address. */
	public static function url(): string {
		return admin_url( 'admin.php?page=' . self::SLUG );
	}

	/** The page. */
	public static function show(): void {
		if ( ! current_user_can( 'manage_options' ) ) {
			wp_die( esc_html__( 'You may not change these settings.', 'relay-payments' ) );
		}
		echo '<div class="wrap relay-payments-settings"><h1>' . esc_html__( 'Relay Payments', 'relay-payments' ) . '</h1>';
		settings_errors(); // WordPress says so itself only below its own Settings.
		echo '<form method="post" action="options.php">';
		settings_fields( self::SLUG );
		self::section( __( 'Your relay', 'relay-payments' ), __( 'The server that checks payments and tells this site of them. It never holds your money.', 'relay-payments' ) );
		self::row( 'relay_url', __( 'Address', 'relay-payments' ), self::input( 'relay_url', 'url', 'placeholder="https://pay.example.com" class="regular-text code"' ) );
		self::row( 'api_key', __( 'API key', 'relay-payments' ), self::secret( 'api_key', Settings::api_key(), 'RELAY_PAYMENTS_API_KEY' ), __( 'A secret key with the scopes invoices, payments and webhooks, read and write.', 'relay-payments' ) );
		self::row( 'webhook_secret', __( 'Webhook secret', 'relay-payments' ), self::secret( 'webhook_secret', Settings::webhook_secret(), 'RELAY_PAYMENTS_WEBHOOK_SECRET' ), __( 'The connection test sets the webhook up and fills this in.', 'relay-payments' ) . ' ' . self::last_webhook() );
		$test = '<button type="button" class="button" id="relay-test" disabled>' . esc_html__( 'Test connection', 'relay-payments' ) . '</button><ul id="relay-results" aria-live="polite"></ul>';
		self::row( '', '', $test );
		self::end();
		self::section( __( 'Prices and payees', 'relay-payments' ), __( 'What an article costs and who is paid, unless the article says otherwise.', 'relay-payments' ) );
		self::row( 'price_amount', __( 'Usual price', 'relay-payments' ), self::input( 'price_amount', 'text', 'inputmode="decimal" size="10" placeholder="0.50"' ) . ' ' . self::units( self::name( 'price_unit' ), Settings::get( 'price_unit' ) ), __( 'A price in a currency becomes coins at the rate of the moment; the relay needs a source of rates for it.', 'relay-payments' ) );
		self::row( 'accepted', __( 'Accepted for prices in a currency', 'relay-payments' ), self::accepted() );
		self::row( 'payees', __( 'Payees', 'relay-payments' ), self::payees(), __( 'Shares of the price: 3 and 1 are three quarters and a quarter. Without payees, the account that the relay knows of you is paid.', 'relay-payments' ) );
		self::end();
		self::section( __( 'Reading', 'relay-payments' ), '' );
		self::row( 'teaser_words', __( 'Teaser', 'relay-payments' ), self::input( 'teaser_words', 'number', 'min="0" max="5000" class="small-text"' ) . ' ' . esc_html__( 'words', 'relay-payments' ), __( 'For articles without a Paywall block, [relay_paywall] or More tag. Never more than half of an article.', 'relay-payments' ) );
		self::row( 'free_articles', __( 'Free articles', 'relay-payments' ), self::input( 'free_articles', 'number', 'min="0" max="1000" class="small-text"' ) . ' ' . esc_html__( 'for each visitor, in', 'relay-payments' ) . ' ' . self::input( 'free_days', 'number', 'min="0" max="3650" class="small-text" aria-label="' . esc_attr__( 'Days in which articles are free', 'relay-payments' ) . '"' ) . ' ' . esc_html__( 'days (0: ever)', 'relay-payments' ) );
		foreach ( array(
			'page_paid'      => __( 'Page after paying', 'relay-payments' ),
			'page_no_wallet' => __( 'Page for readers without a wallet', 'relay-payments' ),
			'page_declined'  => __( 'Page for readers who decline', 'relay-payments' ),
		) as $name => $label ) {
			$pages = wp_dropdown_pages(
				array(
					'name'              => esc_attr( self::name( $name ) ),
					'id'                => esc_attr( $name ),
					'selected'          => absint( Settings::get( $name ) ),
					'show_option_none'  => esc_html__( 'Stay on the article', 'relay-payments' ),
					'option_none_value' => '0',
					'echo'              => 0,
				)
			);
			self::row( $name, $label, $pages ? $pages : '<em>' . esc_html__( 'This site has no pages yet.', 'relay-payments' ) . '</em>' );
		}
		self::end();
		self::section( __( 'When the plugin is deleted', 'relay-payments' ), '' );
		$checkbox = '<input type="hidden" name="' . esc_attr( self::name( 'delete_data' ) ) . '" value="0"><label><input type="checkbox" id="delete_data" name="' . esc_attr( self::name( 'delete_data' ) ) . '" value="1" ' . checked( 1, Settings::get( 'delete_data' ), false ) . '> ' . esc_html__( 'Delete the list of payments too', 'relay-payments' ) . '</label>';
		self::row( '', __( 'Payments', 'relay-payments' ), $checkbox, __( 'Settings are always deleted. Who paid keeps access only as long as the list is there.', 'relay-payments' ) );
		self::end();
		submit_button();
		echo '</form></div>';
	}

	/** Choice of a currency or a coin. */
	public static function units( string $name, string $chosen, bool $usual = false ): string {
		$options = $usual ? array( '' => __( 'usual', 'relay-payments' ) ) : array();
		foreach ( array( 'USD', 'EUR', 'GBP', 'CHF', 'JPY' ) as $currency ) {
			$options[ $currency ] = $currency;
		}
		foreach ( Assets::all() as $asset => $known ) {
			$options[ $asset ] = "$known[symbol] ($known[network])";
		}
		if ( ! isset( $options[ $chosen ] ) ) {
			$options[ $chosen ] = $chosen;
		}
		$html = '<select name="' . esc_attr( $name ) . '" aria-label="' . esc_attr__( 'Currency or coin', 'relay-payments' ) . '">';
		foreach ( $options as $value => $label ) {
			$html .= '<option value="' . esc_attr( $value ) . '" ' . selected( $chosen, $value, false ) . '>' . esc_html( $label ) . '</option>';
		}
		return "$html</select>";
	}

	/** Boxes for what is accepted. */
	private static function accepted(): string {
		if ( ! Assets::all() ) {
			return '<em>' . esc_html__( 'Test the connection, then choose.', 'relay-payments' ) . '</em>';
		}
		$accepted = Assets::accepted();
		$html     = '<fieldset><legend class="screen-reader-text">' . esc_html__( 'Accepted', 'relay-payments' ) . '</legend><input type="hidden" name="' . esc_attr( self::name( 'accepted' ) ) . '[]" value="">';
		foreach ( Assets::all() as $name => $asset ) {
			$html .= '<label><input type="checkbox" name="' . esc_attr( self::name( 'accepted' ) ) . '[]" value="' . esc_attr( $name ) . '" ' . checked( in_array( $name, $accepted, true ), true, false ) . '> ' . esc_html( "$asset[symbol] ($asset[network])" ) . '</label><br>';
		}
		return "$html</fieldset>";
	}

	/** Rows of payees, and an empty one. */
	private static function payees(): string {
		$rows = array_merge( Settings::get( 'payees' ), array( array( 'network' => Assets::networks()[0] ?? '', 'account' => '', 'weight' => 1 ) ) );
		$html = '<table class="relay-payees" id="relay-payees"><thead><tr><th>' . esc_html__( 'Network', 'relay-payments' ) . '</th><th>' . esc_html__( 'Account', 'relay-payments' ) . '</th><th>' . esc_html__( 'Share', 'relay-payments' ) . '</th></tr></thead><tbody>';
		foreach ( $rows as $at => $row ) {
			$name  = self::name( 'payees' ) . "[$at]";
			$html .= '<tr><td><input type="text" list="relay-networks" size="20" name="' . esc_attr( "{$name}[network]" ) . '" value="' . esc_attr( $row['network'] ) . '" aria-label="' . esc_attr__( 'Network', 'relay-payments' ) . '"></td>'
				. '<td><input type="text" class="code" size="44" name="' . esc_attr( "{$name}[account]" ) . '" value="' . esc_attr( $row['account'] ) . '" placeholder="0.0.1234" aria-label="' . esc_attr__( 'Account', 'relay-payments' ) . '"></td>'
				. '<td><input type="number" class="small-text" min="1" max="1000000" name="' . esc_attr( "{$name}[weight]" ) . '" value="' . esc_attr( $row['weight'] ) . '" aria-label="' . esc_attr__( 'Share', 'relay-payments' ) . '"></td></tr>';
		}
		$html .= '</tbody></table><button type="button" class="button" id="relay-add-payee">' . esc_html__( 'Add a payee', 'relay-payments' ) . '</button><datalist id="relay-networks">';
		foreach ( Assets::networks() as $network ) {
			$html .= '<option value="' . esc_attr( $network ) . '">';
		}
		return "$html</datalist>";
	}

	/** A field whose value is never shown. */
	private static function secret( string $name, string $value, string $constant ): string {
		if ( defined( $constant ) ) {
			return '<code>' . esc_html( $constant ) . '</code> ' . esc_html__( 'in wp-config.php', 'relay-payments' );
		}
		$shown = '' === $value ? '' : substr( $value, 0, 6 ) . '••••••••' . __( ' (leave empty to keep it)', 'relay-payments' );
		return '<input type="password" autocomplete="new-password" class="regular-text code" id="' . esc_attr( $name ) . '" name="' . esc_attr( self::name( $name ) ) . '" value="" placeholder="' . esc_attr( $shown ) . '">';
	}

	/** When the relay was last heard. */
	private static function last_webhook(): string {
		$at = (int) get_option( Webhook::LAST, 0 );
		/* translators: %s: a span of time such as 5 minutes */
		return $at > 0 ? sprintf( __( 'Last message %s ago.', 'relay-payments' ), human_time_diff( $at ) ) : __( 'No message so far.', 'relay-payments' );
	}

	/** An input with the value in force. */
	private static function input( string $name, string $type, string $more ): string {
		return '<input type="' . esc_attr( $type ) . '" id="' . esc_attr( $name ) . '" name="' . esc_attr( self::name( $name ) ) . '" value="' . esc_attr( (string) Settings::get( $name ) ) . "\" $more>";
	}

	/** Name of a field in the form. */
	private static function name( string $name ): string {
		return Settings::OPTION . "[$name]";
	}

	/** A heading and the table under it begin. */
	private static function section( string $title, string $text ): void {
		echo '<h2>' . esc_html( $title ) . '</h2>' . ( '' === $text ? '' : '<p>' . esc_html( $text ) . '</p>' ) . '<table class="form-table" role="presentation"><tbody>';
	}

	/** The table ends. */
	private static function end(): void {
		echo '</tbody></table>';
	}

	/** One line of it; `$field` is markup made above, escaped there. */
	private static function row( string $id, string $label, string $field, string $text = '' ): void {
		$label = '' === $id ? esc_html( $label ) : '<label for="' . esc_attr( $id ) . '">' . esc_html( $label ) . '</label>';
		$text  = '' === $text ? '' : '<p class="description">' . esc_html( $text ) . '</p>';
		echo '<tr><th scope="row">' . $label . '</th><td>' . $field . $text . '</td></tr>'; // phpcs:ignore WordPress.Security.EscapeOutput -- each part escaped where it was made.
	}
}
