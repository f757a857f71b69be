// What the wallet knows of networks and tokens by itself, so that no page and no server can tell it otherwise.

import { chainIdOf } from "./client/eip155.js";
import { HBAR } from "./client/hedera.js";

/** @typedef {import("./text.js").Kind & {known: boolean}} Known `known` is false where only a server or the bytes say so */

/** @type {Record<string, {name: string, test?: boolean}>} */
export const NETWORKS = {
  "hedera:mainnet": { name: "Hedera" },
  "hedera:testnet": { name: "Hedera testnet", test: true },
  "hedera:previewnet": { name: "Hedera previewnet", test: true },
  "hedera:devnet": { name: "Hedera devnet, play money", test: true },
  "eip155:1": { name: "Ethereum" },
  "eip155:11155111": { name: "Ethereum Sepolia", test: true },
  "eip155:8453": { name: "Base" },
  "eip155:84532": { name: "Base Sepolia", test: true },
  "eip155:42161": { name: "Arbitrum One" },
  "eip155:421614": { name: "Arbitrum Sepolia", test: true },
  "eip155:10": { name: "OP Mainnet" },
  "eip155:11155420": { name: "OP Sepolia", test: true },
  "eip155:137": { name: "Polygon PoS" },
  "eip155:80002": { name: "Polygon Amoy", test: true },
  "eip155:43114": { name: "Avalanche C-Chain" },
  "eip155:43113": { name: "Avalanche Fuji", test: true },
  "eip155:31337": { name: "Anvil, play money", test: true },
};

const USDC = { symbol: "USDC", decimals: 6, known: true };
// Circle's own contracts, as relay/chains/eip155/tokens.py has them with their sources, and the token of `relay demo`
const USDC_AT = {
  "eip155:1": "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48",
  "eip155:11155111": "0x1c7d4b196cb0c7b01d743fbc6116a902379c7238",
  "eip155:8453": "0x833589fcd6edb6e08f4c7c32d4f71b54bda02913",
  "eip155:84532": "0x036cbd53842c5426634e7929541ec2318f3dcf7e",
  "eip155:42161": "0xaf88d065e77c8cc2239327c5edb3a432268e5831",
  "eip155:421614": "0x75faf114eafb1bdbe2f0316df893fd58ce46aa4d",
  "eip155:10": "0x0b2c639c533813f4aa9d7837caf62653d097ff85",
  "eip155:11155420": "0x5fd84259d66cd46123540766be93dfe6d43130d7",
  "eip155:137": "0x3c499c542cef5e3811e1192ce70d8cc03d5c3359",
  "eip155:80002": "0x41e94eb019c0762f9bfcf9fb1e58725bfb0e7582",
  "eip155:43114": "0xb97ef9ef8734c71904d8002f8b6bc66dd9c48a6e",
  "eip155:43113": "0x5425890298aed601595a70ab815c96711a31bc65",
  "eip155:31337": "0xca9fbe54ee07cceace7f6dfd6c21b5cea366851a",
};

/** @param {string} network */
export const networkName = (network) => NETWORKS[network]?.name ?? `${network}, not one this wallet knows`;

/** @param {string} network */
export const isKnownNetwork = (network) => network in NETWORKS;

/** @param {number} chainId */
export const isKnownChain = (chainId) => isKnownNetwork(`eip155:${chainId}`);

export { chainIdOf };

/**
 * How an asset is counted and called. Decimals come from the wallet's own list or from the signed bytes (`decimals`: the
 * ledger refuses the transfer where they are wrong), never from a page or a server: wrong ones make much look like little.
 * @param {string} network @param {string} asset @param {number | null} [decimals] as the bytes state them
 * @returns {Known}
 */
export function kindOf(network, asset, decimals = null) {
  if (network.startsWith("hedera:")) {
    if (asset === HBAR) return { symbol: "HBAR", decimals: 8, known: true };
    if (network === "hedera:devnet" && asset === "0.0.5001") return { symbol: "DUSD", decimals: 6, known: true };
    return { symbol: `of token ${asset}`, decimals: decimals ?? 0, known: false };
  }
  const usdc = USDC_AT[/** @type {keyof typeof USDC_AT} */ (network)];
  if (usdc === asset.toLowerCase()) return USDC;
  return { symbol: `units of ${asset}`, decimals: 0, known: false };
}
