// Quick edit in the list of posts: the fields start from what the row says.
( function ( $, editor ) {
	const edit = editor.edit;
	editor.edit = function ( id, ...more ) {
		edit.call( this, id, ...more );
		const number = typeof id === 'object' ? this.getId( id ) : id;
		const said = document.querySelector( `#post-${ number } .relay-terms` );
		const form = document.getElementById( `edit-${ number }` );
		if ( ! said || ! form ) {
			return;
		}
		const terms = JSON.parse( said.dataset.terms );
		form.querySelector( '[name=relay_on]' ).value = terms.on ? '1' : '0';
		form.querySelector( '[name=relay_amount]' ).value = terms.amount;
		form.querySelector( '[name=relay_unit]' ).value = terms.unit;
		form.querySelector( '[name=relay_payees]' ).value = terms.payees;
	};
} )( window.jQuery, window.inlineEditPost );
