// Signers of the development node: account N's private key is SHA-256 of the text `relay devnet 0.0.N`.
//
// Everybody knows these keys. They are worth something on `hedera:devnet` only.

// PKCS #8 around a raw ed25519 seed (RFC 8410, section 7)
const PKCS8_ED25519 = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];

/**
 * The signer of a development account with an ed25519 key (the odd ones among 0.0.1001 to 0.0.1010).
 * WebCrypto wants a secure context: https, or http on localhost.
 * @param {string} account
 * @param {Pick<import("./hedera.js").Signer, "approve">} [hooks]
 * @returns {Promise<import("./hedera.js").Signer>}
 */
export async function developmentSigner(account, hooks = {}) {
  const seed = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`relay devnet ${account}`));
  return signerFromSeed(account, new Uint8Array(seed), hooks);
}

/**
 * A signer that holds an ed25519 seed in this page's memory.
 * @param {string} account
 * @param {Uint8Array} seed 32 bytes
 * @param {Pick<import("./hedera.js").Signer, "approve">} [hooks]
 * @returns {Promise<import("./hedera.js").Signer>}
 */
export async function signerFromSeed(account, seed, hooks = {}) {
  const pkcs8 = Uint8Array.from([...PKCS8_ED25519, ...seed]);
  // extractable, because WebCrypto tells the public half of a key only by exporting it
  const extractable = await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", true, ["sign"]);
  const { x } = await crypto.subtle.exportKey("jwk", extractable);
  const key = await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", false, ["sign"]);
  return {
    account,
    keyType: "ed25519",
    publicKey: Uint8Array.from(atob(String(x).replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0)),
    sign: async (body) => new Uint8Array(await crypto.subtle.sign("Ed25519", key, /** @type {BufferSource} */ (body))),
    ...hooks,
  };
}
