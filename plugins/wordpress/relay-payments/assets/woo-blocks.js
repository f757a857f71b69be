// WooCommerce's checkout of blocks: a title and a description; the relay's page does the rest.
( function ( wc, wp ) {
	const { getPaymentMethodData, getSetting } = wc.wcSettings; // the first since WooCommerce 9
	const known = getPaymentMethodData ? getPaymentMethodData( 'relay_payments', {} ) : getSetting( 'relay_payments_data', {} );
	const text = ( value ) => wp.htmlEntities.decodeEntities( value || '' );
	const description = wp.element.createElement( () => text( known.description ) );
	wc.wcBlocksRegistry.registerPaymentMethod( {
		name: 'relay_payments',
		label: wp.element.createElement( 'span', null, text( known.title ) ),
		ariaLabel: text( known.title ),
		content: description,
		edit: description,
		canMakePayment: () => true,
		placeOrderButtonLabel: known.button || undefined,
		supports: { features: known.supports || [ 'products' ] },
	} );
} )( window.wc, window.wp );
