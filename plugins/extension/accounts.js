// Accounts: what the wallet knows of each beside its key, and the ways a private key is written.

import { signerFromSeed } from "./client/keys.js";
import { addressOf, DEVELOPMENT_KEYS } from "./client/page-wallet.js";
import { fromHex, toHex } from "./client/typed-data.js";
import { keccak_256 } from "./client/vendor/noble/sha3.js";
import { getPublicKey, signAsync, utils } from "./client/vendor/noble/secp256k1.js";

/**
 * @typedef {"ed25519" | "secp256k1"} KeyType
 * @typedef {object} Account public, and readable while the wallet is locked
 * @property {string} id @property {string} name @property {KeyType} keyType @property {string} publicKey 0x-hex
 * @property {string} network `hedera:testnet`; `eip155` for an address, which is the same on every EVM chain
 * @property {string | null} account `0.0.1001` or `0x…`; null until Hedera has given the key a number
 * @property {boolean} development whether everybody knows its key
 */

export const DEVNET = "hedera:devnet";
export const EVM = "eip155";
const HEDERA_NETWORK = /^hedera:[-_a-zA-Z0-9]{1,32}$/;
const HEDERA_ACCOUNT = /^(0|[1-9]\d{0,9})\.(0|[1-9]\d{0,9})\.([1-9]\d{0,18})$/;

// A private key as DER: everything before the 32 bytes (RFC 8410; RFC 5915; and the short form the Hedera SDKs print)
/** @type {[string, KeyType, number][]} */
const DER = [
  ["302e020100300506032b657004220420", "ed25519", 0],
  ["3030020100300706052b8104000a04220420", "secp256k1", 0],
  ["308184020100301006072a8648ce3d020106052b8104000a046d306b0201010420", "secp256k1", 70], // its public key follows
  ["302e0201010420", "secp256k1", 9],
  ["30740201010420", "secp256k1", 79],
];

export class UnreadableKey extends Error {
  name = "UnreadableKey";
}

/**
 * A private key as people paste it: 64 hex digits, DER as the Hedera tools print it, or the 128 digits of 2019 (seed and
 * public key).
 * @param {string} text @param {KeyType} keyType what it is where the text does not tell
 * @returns {Promise<{keyType: KeyType, secret: Uint8Array}>}
 */
export async function readPrivateKey(text, keyType) {
  const digits = text.trim().replace(/^0x/i, "").toLowerCase();
  if (!/^[0-9a-f]+$/.test(digits)) throw new UnreadableKey("A private key is written in the digits 0-9 and a-f.");
  const bytes = (/** @type {string} */ hex) => fromHex(hex);
  for (const [head, type, rest] of DER) {
    if (digits.startsWith(head) && digits.length === head.length + 64 + rest * 2) {
      return checked(type, bytes(digits.slice(head.length, head.length + 64)));
    }
  }
  if (digits.length === 128 && keyType === "ed25519") {
    const secret = bytes(digits.slice(0, 64));
    if ((await publicKeyOf("ed25519", secret)) === `0x${digits.slice(64)}`) return { keyType, secret };
  }
  if (digits.length === 64) return checked(keyType, bytes(digits));
  throw new UnreadableKey("This is not a private key this wallet can read: 64 digits, or DER as Hedera's tools print it.");
}

/** @param {KeyType} keyType @param {Uint8Array} secret */
function checked(keyType, secret) {
  if (keyType === "secp256k1" && !utils.isValidSecretKey(secret)) throw new UnreadableKey("This number is no key of its curve.");
  return { keyType, secret };
}

/** @param {KeyType} keyType */
export const newSecret = (keyType) =>
  keyType === "ed25519" ? crypto.getRandomValues(new Uint8Array(32)) : utils.randomSecretKey();

/** @param {KeyType} keyType @param {Uint8Array} secret */
export async function publicKeyOf(keyType, secret) {
  if (keyType === "ed25519") return toHex((await signerFromSeed("", secret)).publicKey);
  return toHex(getPublicKey(secret, true));
}

/** The address of a secp256k1 key, with the capitals of EIP-55; on Hedera its alias. @param {Uint8Array} secret */
export const evmAddressOf = (secret) => addressOf(toHex(secret));

/**
 * An account's public side. Throws `UnreadableKey` for what cannot be one.
 * @param {{name: string, network: string, account: string | null, keyType: KeyType, development?: boolean}} wish
 * @param {Uint8Array} secret
 * @returns {Promise<Account>}
 */
export async function accountOf({ name, network, account, keyType, development = false }, secret) {
  const shared = { id: crypto.randomUUID(), keyType, publicKey: await publicKeyOf(keyType, secret), development };
  if (network === EVM) {
    if (keyType !== "secp256k1") throw new UnreadableKey("EVM chains use secp256k1 keys.");
    return { ...shared, name: name || "EVM account", network, account: evmAddressOf(secret) };
  }
  if (!HEDERA_NETWORK.test(network)) throw new UnreadableKey(`${network} is not a Hedera network.`);
  if (account !== null) requireHederaAccount(account);
  return { ...shared, name: name || "Hedera account", network, account };
}

/** @param {string} account */
export function requireHederaAccount(account) {
  if (!HEDERA_ACCOUNT.test(account)) throw new UnreadableKey("A Hedera account is written like 0.0.1234.");
  return account;
}

/** Who signs Hedera bodies with this key. @param {Account} account @param {Uint8Array} secret @returns {Promise<import("./client/hedera.js").Signer>} */
export async function hederaSigner({ account, keyType }, secret) {
  if (!account) throw new Error("This key has no account number yet.");
  if (keyType === "ed25519") return signerFromSeed(account, secret);
  return {
    account,
    keyType,
    publicKey: getPublicKey(secret, true),
    sign: (body) => signAsync(keccak_256(body), secret, { prehash: false }),
  };
}

/** The accounts that `relay devnet` and anvil start with. Everybody knows their keys. */
export async function developmentAccounts() {
  /** @type {{wish: Parameters<typeof accountOf>[0], secret: Uint8Array}[]} */ const found = [];
  for (const account of ["0.0.1001", "0.0.1002", "0.0.1003"]) {
    const text = new TextEncoder().encode(`relay devnet ${account}`);
    const secret = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
    const keyType = Number(account.slice(4)) % 2 ? "ed25519" : "secp256k1";
    found.push({ wish: { name: `Devnet ${account.slice(4)}`, network: DEVNET, account, keyType, development: true }, secret });
  }
  const secret = fromHex(DEVELOPMENT_KEYS[0]);
  found.push({ wish: { name: "Anvil 1", network: EVM, account: null, keyType: "secp256k1", development: true }, secret });
  return found;
}
