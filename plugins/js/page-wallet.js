// A wallet inside the page, with keys that everybody knows: for development chains, where a visitor has no wallet.
//
// It speaks EIP-1193 as any wallet does, so that the code that pays does not know the difference. Load it with `import()`
// when it is needed: it brings secp256k1 and keccak, which WebCrypto lacks.

import { fromHex, hashTypedData, toHex } from "./typed-data.js";
import { keccak_256 } from "./vendor/noble/sha3.js";
import { getPublicKey, signAsync } from "./vendor/noble/secp256k1.js";

/** The private keys of the ten accounts that anvil and Hardhat start with. Worth something on local chains only. */
export const DEVELOPMENT_KEYS = [
  "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
  "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
  "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
  "0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6",
  "0x47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a",
  "0x8b3a350cf5c34c9194ca85829a2df0ec3153be0318b5e2d3348e872092edffba",
  "0x92db14e403b83dfe3df233f83dfa3a0d7096f21ca9b0d6d6b8d88b2b4ec1564e",
  "0x4bbbf85ce3377467afe5d46f804f221813b2bb87f24d81f60f1fcdbf7cbf4356",
  "0xdbda1821b80551c9d65939329250298aa3472ba22feea921c0cf5d620ea67b97",
  "0x2a871d0798f97d79848a013d4936a73bf4cc922c825d33c1cf7073dff6d409c6",
];

/**
 * An EIP-1193 provider that signs typed data with keys in this page's memory. It has every chain it is asked for.
 * @param {string[]} keys 0x-hex
 * @returns {import("./eip155.js").Provider}
 */
export function pageWallet(keys = DEVELOPMENT_KEYS) {
  const held = new Map(keys.map((key) => [addressOf(key), fromHex(key)]));
  let chainId = "0x1";
  return {
    async request({ method, params = [] }) {
      switch (method) {
        case "eth_accounts":
        case "eth_requestAccounts":
          return [...held.keys()];
        case "eth_chainId":
          return chainId;
        case "wallet_switchEthereumChain":
          chainId = /** @type {any} */ (params[0]).chainId;
          return null;
        case "eth_signTypedData_v4": {
          const [account, text] = /** @type {[string, string]} */ (params);
          const key = held.get(account);
          if (!key) throw { code: 4100, message: `no key of ${account} here` };
          return signDigest(hashTypedData(JSON.parse(text)), key);
        }
        default:
          throw { code: 4200, message: `${method} is not something this wallet does` };
      }
    },
  };
}

/** 65 bytes as 0x-hex. @param {Uint8Array} digest @param {Uint8Array} key */
export async function signDigest(digest, key) {
  const [recovery, ...rs] = await signAsync(digest, key, { prehash: false, format: "recovered" });
  return toHex(Uint8Array.of(...rs, 27 + recovery)); // Ethereum's order, and its v
}

/** With the capitals of EIP-55. @param {string} key */
export function addressOf(key) {
  const plain = toHex(keccak_256(getPublicKey(fromHex(key), false).slice(1)).slice(12)).slice(2);
  const sums = toHex(keccak_256(new TextEncoder().encode(plain))).slice(2);
  return `0x${[...plain].map((digit, at) => (parseInt(sums[at], 16) > 7 ? digit.toUpperCase() : digit)).join("")}`;
}
