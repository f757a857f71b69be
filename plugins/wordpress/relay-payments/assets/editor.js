// The block editor: the Paywall block, and the panel with a post's switch, price and payees. No build step: wp.* as it is.
( function ( wp, known ) {
	const { createElement: el, Fragment } = wp.element;
	const { __, sprintf } = wp.i18n;
	const { Button, ExternalLink, Notice, SelectControl, TextControl, ToggleControl } = wp.components;
	const { useSelect, useDispatch } = wp.data;
	const { useBlockProps } = wp.blockEditor;
	const Panel = ( wp.editor && wp.editor.PluginDocumentSettingPanel ) || wp.editPost.PluginDocumentSettingPanel;

	const ON = '_relay_payments_on';
	const AMOUNT = '_relay_payments_amount';
	const UNIT = '_relay_payments_unit';
	const PAYEES = '_relay_payments_payees';
	const BLOCK = 'relay-payments/paywall';
	const line = { borderTop: '2px dashed currentColor', flex: 1, opacity: 0.5 };

	function usePrice() {
		const meta = useSelect( ( select ) => select( 'core/editor' ).getEditedPostAttribute( 'meta' ) || {}, [] );
		const amount = meta[ AMOUNT ] || known.amount;
		const unit = meta[ AMOUNT ] && meta[ UNIT ] ? known.units[ meta[ UNIT ] ] || meta[ UNIT ] : known.unit;
		return amount ? `${ amount } ${ unit }` : '';
	}

	wp.blocks.registerBlockType( BLOCK, {
		apiVersion: 3,
		title: __( 'Paywall', 'relay-payments' ),
		description: __( 'Everything below it is for readers who paid.', 'relay-payments' ),
		category: 'design',
		icon: 'lock',
		keywords: [ 'pay', 'paywall', 'relay' ],
		supports: { multiple: false, html: false, className: false },
		edit() {
			const price = usePrice();
			const text = price
				? /* translators: %s: a price such as 0.50 USD */ sprintf( __( 'Paid from here on: %s', 'relay-payments' ), price )
				: __( 'Paid from here on', 'relay-payments' );
			return el( 'div', useBlockProps( { style: { display: 'flex', alignItems: 'center', gap: '1em', fontSize: '14px' } } ),
				el( 'span', { style: line } ), el( 'span', null, text ), el( 'span', { style: line } ) );
		},
		save: () => null,
	} );

	function Payees( { rows, change } ) {
		const put = ( at, field, value ) => change( rows.map( ( row, n ) => ( n === at ? { ...row, [ field ]: value } : row ) ) );
		return el( Fragment, null,
			rows.map( ( row, at ) => el( 'div', { key: at, style: { borderLeft: '2px solid #ddd', paddingLeft: '8px', marginBottom: '12px', display: 'grid', gap: '8px' } },
				el( SelectControl, { label: __( 'Network', 'relay-payments' ), value: row.network, __nextHasNoMarginBottom: true,
					options: [ ...new Set( [ ...known.networks, row.network ] ) ].map( ( value ) => ( { value, label: value } ) ),
					onChange: ( value ) => put( at, 'network', value ) } ),
				el( TextControl, { label: __( 'Account', 'relay-payments' ), value: row.account, __nextHasNoMarginBottom: true,
					onChange: ( value ) => put( at, 'account', value.trim() ) } ),
				el( TextControl, { label: __( 'Share', 'relay-payments' ), type: 'number', min: 1, value: String( row.weight ), __nextHasNoMarginBottom: true,
					onChange: ( value ) => put( at, 'weight', Math.max( 1, parseInt( value, 10 ) || 1 ) ) } ),
				el( Button, { variant: 'link', isDestructive: true, onClick: () => change( rows.filter( ( _, n ) => n !== at ) ) }, __( 'Remove', 'relay-payments' ) ) ) ),
			rows.length < 9 && el( Button, { variant: 'secondary', size: 'small',
				onClick: () => change( [ ...rows, { network: known.networks[ 0 ] || '', account: '', weight: 1 } ] ) }, __( 'Add a payee', 'relay-payments' ) ) );
	}

	function Settings() {
		const meta = useSelect( ( select ) => select( 'core/editor' ).getEditedPostAttribute( 'meta' ) || {}, [] );
		const marked = useSelect( ( select ) => select( 'core/block-editor' ).getGlobalBlockCount( BLOCK ) > 0, [] );
		const { editPost } = useDispatch( 'core/editor' );
		const price = usePrice();
		const set = ( key ) => ( value ) => editPost( { meta: { [ key ]: value } } );
		if ( ! ( AMOUNT in meta ) ) {
			return null; // This kind of post has no meta.
		}
		const paid = marked || meta[ ON ];
		const bad = meta[ AMOUNT ] && ! ( /^\d+(\.\d+)?$/.test( meta[ AMOUNT ] ) && Number( meta[ AMOUNT ] ) > 0 );
		return el( Panel, { name: 'relay-payments', title: __( 'Paywall', 'relay-payments' ) }, el( 'div', { style: { display: 'grid', gap: '16px' } },
			el( ToggleControl, { label: __( 'Readers pay for the rest', 'relay-payments' ), checked: !! paid, disabled: marked, __nextHasNoMarginBottom: true,
				help: marked ? __( 'A Paywall block stands in this post: everything below it is paid.', 'relay-payments' )
					: paid ? __( 'After the teaser, or where you put a Paywall block.', 'relay-payments' ) : '',
				onChange: set( ON ) } ),
			paid && ! price && el( Notice, { status: 'warning', isDismissible: false },
				__( 'There is no price yet: set one here, or a usual one in the settings.', 'relay-payments' ),
				known.settings && el( ExternalLink, { href: known.settings }, __( 'Settings', 'relay-payments' ) ) ),
			paid && el( TextControl, { label: __( 'Price', 'relay-payments' ), value: meta[ AMOUNT ], placeholder: known.amount, inputMode: 'decimal', __nextHasNoMarginBottom: true,
				help: bad ? __( 'A number above zero, such as 0.50', 'relay-payments' ) : __( 'Empty: the usual price', 'relay-payments' ),
				onChange: ( value ) => set( AMOUNT )( value.trim().replace( ',', '.' ) ) } ),
			paid && meta[ AMOUNT ] && el( SelectControl, { label: __( 'Currency or coin', 'relay-payments' ), value: meta[ UNIT ], __nextHasNoMarginBottom: true,
				options: Object.entries( known.units ).map( ( [ value, label ] ) => ( { value, label: value ? label : __( 'usual', 'relay-payments' ) } ) ),
				onChange: set( UNIT ) } ),
			paid && el( 'div', null,
				el( 'p', { style: { fontSize: '11px', fontWeight: 500, textTransform: 'uppercase', margin: '0 0 8px' } }, __( 'Payees of this post', 'relay-payments' ) ),
				el( Payees, { rows: meta[ PAYEES ] || [], change: set( PAYEES ) } ) ) ) );
	}

	wp.plugins.registerPlugin( 'relay-payments', { render: Settings } );
} )( window.wp, window.relayPaymentsEditor || { units: {}, networks: [], amount: '', unit: '', settings: '' } );
