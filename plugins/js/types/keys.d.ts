/**
 * The signer of a development account with an ed25519 key (the odd ones among 0.0.1001 to 0.0.1010).
 * WebCrypto wants a secure context: https, or http on localhost.
 * @param {string} account
 * @param {Pick<import("./hedera.js").Signer, "approve">} [hooks]
 * @returns {Promise<import("./hedera.js").Signer>}
 */
export function developmentSigner(account: string, hooks?: Pick<import("./hedera.js").Signer, "approve">): Promise<import("./hedera.js").Signer>;
/**
 * A signer that holds an ed25519 seed in this page's memory.
 * @param {string} account
 * @param {Uint8Array} seed 32 bytes
 * @param {Pick<import("./hedera.js").Signer, "approve">} [hooks]
 * @returns {Promise<import("./hedera.js").Signer>}
 */
export function signerFromSeed(account: string, seed: Uint8Array, hooks?: Pick<import("./hedera.js").Signer, "approve">): Promise<import("./hedera.js").Signer>;
