/**
 * An EIP-1193 provider that signs typed data with keys in this page's memory. It has every chain it is asked for.
 * @param {string[]} keys 0x-hex
 * @returns {import("./eip155.js").Provider}
 */
export function pageWallet(keys?: string[]): import("./eip155.js").Provider;
/** 65 bytes as 0x-hex. @param {Uint8Array} digest @param {Uint8Array} key */
export function signDigest(digest: Uint8Array, key: Uint8Array): Promise<string>;
/** With the capitals of EIP-55. @param {string} key */
export function addressOf(key: string): string;
/** The private keys of the ten accounts that anvil and Hardhat start with. Worth something on local chains only. */
export const DEVELOPMENT_KEYS: string[];
