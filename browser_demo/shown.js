// What the sheet shows, read from what will be signed and from nothing else.

import { HBAR } from "/demo/client/index.js";
import { showAmount } from "./words.js";

/**
 * @typedef {import("./words.js").Asset} Asset
 * @typedef {object} Shown
 * @property {string} amount @property {string} from @property {Date} validUntil
 * @property {[string, string | string[][]][]} rows facts; a list of lists is ids in monospace, each with an optional amount
 * @property {string} what is signed: "The 128 bytes to sign" @property {string} raw all of it
 * @property {string} source
 */

/**
 * A Hedera transfer, from the bytes of its bodies.
 * @param {import("/demo/client/hedera.js").Description} description @param {Uint8Array[]} bodies
 * @param {Record<string, Asset>} assets
 * @returns {Shown}
 */
export function showTransfer({ asset, amount, from, payTo, memo, maxFee, nodes, validUntil }, bodies, assets) {
  // An asset we have no name for is shown as it stands in the bytes: units of its id.
  const kind = assets[asset] ?? { asset, symbol: `units of ${asset}`, decimals: 0 };
  const size = bodies.reduce((sum, body) => sum + body.length, 0);
  return {
    amount: showAmount(amount, kind),
    from: from.map((share) => share.account).join(", "),
    validUntil,
    rows: [
      [payTo.length > 1 ? "To, split" : "To", payTo.map((share) => [share.account, payTo.length > 1 ? showAmount(share.amount, kind) : ""])],
      ["Memo", memo ? [[memo]] : "none"],
      ["Network fee", `at most ${showAmount(maxFee, assets[HBAR])}`],
      [nodes.length > 1 ? "By one of the nodes" : "By node", nodes.map((node) => [node])],
    ],
    what: `The ${size} bytes to sign`,
    raw: bodies.map((body) => Array.from(body, (byte) => byte.toString(16).padStart(2, "0")).join("")).join("\n\n"),
    source: "Read from the bytes that will be signed, not from the page that asks.",
  };
}

/**
 * An authorization, from its typed data.
 * @param {import("/demo/client/eip155.js").AuthorizationDescription} description
 * @param {import("/demo/client/eip155.js").TypedData} typedData @param {Asset} asset
 * @returns {Shown}
 */
export function showAuthorization({ network, payer, payTo, asset: contract, amount, token, validUntil }, typedData, asset) {
  const kind = asset.asset.toLowerCase() === contract.toLowerCase() ? asset : { asset: contract, symbol: `units of ${contract}`, decimals: 0 };
  return {
    amount: showAmount(amount, kind),
    from: payer,
    validUntil,
    rows: [
      ["To", payTo.map((share) => [share.account])],
      [`Token ${token}`, [[contract]]],
      ["Network", [[network]]],
      ["Network fee", "none, the relay pays it"],
    ],
    what: "The typed data to sign",
    raw: JSON.stringify({ domain: typedData.domain, message: typedData.message }, null, 2),
    source: "Read from the typed data that will be signed, not from the page that asks.",
  };
}
