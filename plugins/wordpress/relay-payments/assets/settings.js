// The settings page: tries what is typed, and adds rows of payees.
( function ( wp ) {
	const { __ } = wp.i18n;
	const form = document.querySelector( '.relay-payments-settings form' );
	const results = document.getElementById( 'relay-results' );
	const button = document.getElementById( 'relay-test' );

	/** What is typed, as the form would send it. */
	function typed() {
		const settings = {};
		for ( const [ name, value ] of new FormData( form ) ) {
			const path = [ ...name.matchAll( /\[([^\]]*)\]/g ) ].map( ( match ) => match[ 1 ] );
			let at = settings;
			if ( ! name.startsWith( 'relay_payments_settings' ) ) {
				continue;
			}
			path.forEach( ( key, depth ) => {
				const index = key === '' ? Object.keys( at ).length : key;
				at[ index ] = depth === path.length - 1 ? value : at[ index ] || {};
				at = at[ index ];
			} );
		}
		return settings;
	}

	function show( lines ) {
		results.replaceChildren( ...lines.map( ( { ok, text } ) => {
			const line = document.createElement( 'li' );
			line.className = ok ? 'ok' : 'wrong';
			line.textContent = text;
			return line;
		} ) );
	}

	button.addEventListener( 'click', async () => {
		button.disabled = true;
		show( [] );
		results.className = 'busy';
		try {
			const answer = await wp.apiFetch( { path: '/relay-payments/v1/connection', method: 'POST', data: { settings: typed() } } );
			show( answer.results );
		} catch ( error ) {
			show( [ { ok: false, text: error.message || __( 'This site did not answer.', 'relay-payments' ) } ] );
		}
		results.className = '';
		button.disabled = false;
	} );
	button.disabled = false; // a page that is still loading offers no button that does nothing

	document.getElementById( 'relay-add-payee' ).addEventListener( 'click', () => {
		const body = document.querySelector( '#relay-payees tbody' );
		const row = body.lastElementChild.cloneNode( true );
		row.querySelectorAll( 'input' ).forEach( ( input ) => {
			input.name = input.name.replace( /\[payees\]\[\d+\]/, `[payees][${ body.children.length }]` );
			if ( input.name.endsWith( '[account]' ) ) {
				input.value = '';
			}
		} );
		body.append( row );
		row.querySelectorAll( 'input' )[ 1 ].focus();
	} );
} )( window.wp );
