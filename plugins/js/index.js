// @relay/client: pay through a Relay, hear of payments, verify access tokens.

export { connect, RelayError } from "./client.js";
export { PaymentError } from "./pay.js";
export { HBAR, bodiesOf, buildTransfers, describe, newTransactionId, signTransfers, UnreadableTransfer } from "./hedera.js";
export { buildAuthorization, describeAuthorization, discoverWallets, WalletError, walletSigner } from "./eip155.js";
export { developmentSigner, signerFromSeed } from "./keys.js";
export { readRevoked, verifyToken } from "./token.js";
export { adapterSigner, announceWallet, discoverRelayWallets, hederaWallet, relayWalletSigner, restoreAccess } from "./wallets.js";
export { embed } from "./embed.js";
