// Wallets that pay through a Relay by themselves: found by announcement, asked by one method, made from any Hedera signer.
//
//   wallet ──relay:announceWallet {info, provider}──▶ page      at its start, and whenever a page asks
//   page   ──relay:requestWallet──▶ wallet
//   page   ──provider.request({method: "relay_pay", params})──▶ wallet ──CRYPTOTRANSFER──▶ relay
//
// The same shape as EIP-6963 and EIP-1193. README.md has the methods; plugins/extension is such a wallet.

import { connect } from "./client.js";
import { readSignature } from "./hedera.js";
import { PaymentError } from "./sign.js";

/**
 * @typedef {import("./eip155.js").WalletInfo} WalletInfo
 * @typedef {import("./client.js").PaymentEvent} PaymentEvent
 * @typedef {import("./hedera.js").Signer} Signer
 *
 * @typedef {object} PayRequest `params` of `relay_pay`: an invoice, or payees
 * @property {string} server URL of the relay
 * @property {{id: string, secret?: string}} [invoice] with its secret the answer carries the access token
 * @property {string} [network] CAIP-2 @property {string} [asset]
 * @property {{account: string, amount: string}[]} [payTo] without an invoice, at most nine
 * @property {string} [memo] @property {string} [contentId] what is bought: a wallet pays it once
 * @property {string} [node] the node account a tag of 2019 asks for
 * @property {string} [most] what a page of the site costs at most, by its own word, in tinybars: a wallet may offer it as a limit
 *
 * @typedef {object} RelayProvider
 * @property {(ask: {method: string, params?: any}, options?: {onProgress?: (news: {stage: string, event?: PaymentEvent}) => void}) => Promise<any>} request
 *
 * @typedef {{info: WalletInfo, provider: RelayProvider}} RelayWallet
 *
 * @typedef {object} HederaAdapter a Hedera wallet behind HashConnect, WalletConnect or your own glue
 * @property {string} account
 * @property {(body: Uint8Array) => Promise<Uint8Array | string | {signatureMap: string}>} signTransaction given a
 *   TransactionBody, the wallet's SignatureMap: bytes, base64, or as `hedera_signTransaction` (HIP-820) answers it
 */

const ANNOUNCE = "relay:announceWallet";
const REQUEST = "relay:requestWallet";
const UNSUPPORTED = 4200; // EIP-1193
const DECLINED = 4001; // EIP-1193

/**
 * Hear of every wallet of this page that speaks `relay_pay`.
 * @param {(wallet: RelayWallet) => void} onWallet called once per wallet, also for ones that come later
 * @returns {() => void} stops it
 */
export function discoverRelayWallets(onWallet) {
  const known = new Set();
  const hear = (/** @type {any} */ event) => {
    const { info, provider } = event.detail ?? {};
    if (typeof info?.uuid !== "string" || typeof provider?.request !== "function" || known.has(info.uuid)) return;
    known.add(info.uuid);
    onWallet({ info, provider });
  };
  addEventListener(ANNOUNCE, hear);
  dispatchEvent(new Event(REQUEST));
  return () => removeEventListener(ANNOUNCE, hear);
}

/**
 * Offer a wallet to this page's elements, and to whoever asks later.
 * @param {RelayWallet} wallet
 * @returns {() => void} takes the offer back
 */
export function announceWallet(wallet) {
  const tell = () => dispatchEvent(new CustomEvent(ANNOUNCE, { detail: Object.freeze(wallet) }));
  addEventListener(REQUEST, tell);
  tell();
  return () => removeEventListener(REQUEST, tell);
}

/**
 * A wallet out of a Hedera signer: give it to `announceWallet`. `open` is called when something is paid, and may show the
 * wallet's own sign-in first.
 * @param {{name: string, icon?: string, networks: string[], open: () => Promise<Signer>, io?: any}} what
 * @returns {RelayWallet}
 */
export function hederaWallet({ name, icon = "", networks, open, io }) {
  return {
    info: { uuid: crypto.randomUUID(), name, icon, rdns: "" },
    provider: {
      async request({ method, params = {} }, { onProgress } = {}) {
        if (method === "relay_accounts") return networks;
        if (method !== "relay_pay" && method !== "relay_restore") throw { code: UNSUPPORTED, message: `${name} has no ${method}` };
        const { server, network = networks[0], invoice, asset, payTo, memo, node } = params;
        const signer = await open();
        if (method === "relay_restore") return restoreAccess({ ...params, network }, signer.account, (message) => signText(signer, message));
        const relay = connect(server, io && { io });
        try {
          return await relay.pay({ network, invoice, asset, payTo, memo, signer, onProgress, ...(node && { nodes: [node] }) });
        } finally {
          relay.close();
        }
      },
    },
  };
}

/**
 * A signer for `pay` and `hederaWallet` over any Hedera wallet that signs a TransactionBody. One copy is signed, since such
 * wallets ask their person for each.
 * @param {HederaAdapter} adapter
 * @returns {Signer}
 */
export function adapterSigner({ account, signTransaction }) {
  /** @type {ReturnType<typeof readSignature> | undefined} */ let found;
  return {
    account,
    copies: 1,
    get publicKey() {
      return found?.publicKey ?? new Uint8Array();
    },
    get keyType() {
      return found?.keyType ?? "ed25519";
    },
    async sign(body) {
      const answer = await signTransaction(body);
      const map = answer instanceof Uint8Array || typeof answer === "string" ? answer : answer.signatureMap;
      found = readSignature(typeof map === "string" ? Uint8Array.from(atob(map), (c) => c.charCodeAt(0)) : map);
      return found.signature;
    },
  };
}

/**
 * A signer for `pay` over a wallet of the page that pays by itself, such as plugins/extension: what it signs, it sends.
 * @param {RelayWallet} wallet
 * @returns {import("./pay.js").WalletSigner}
 */
export const relayWalletSigner = ({ provider }) => ({
  async payThrough(server, { network, invoice, asset, payTo, memo, onProgress }) {
    try {
      return await provider.request({ method: "relay_pay", params: { server, network, invoice, asset, payTo, memo } }, { onProgress: /** @type {any} */ (onProgress) });
    } catch (error) {
      const { code, message } = /** @type {any} */ (error);
      throw new PaymentError(code === DECLINED ? "declined" : typeof code === "string" ? code : "wallet_refused", message ?? "The wallet could not pay.");
    }
  },
});

/**
 * A fresh access token for what an account paid, on any device that can sign for it.
 * @param {{server: string, network: string, invoice?: string | {id: string}, merchant?: string | null, contentId?: string}} what
 * @param {string} account
 * @param {(message: string) => Promise<string>} sign hex or base64
 * @returns {Promise<{accessToken: string, payment: string, invoice: string | null, contentId: string | null}>}
 */
export async function restoreAccess({ server, network, invoice, merchant, contentId }, account, sign) {
  const paid = invoice ? { invoice: typeof invoice === "string" ? invoice : invoice.id } : { merchant, contentId };
  const { message } = await post(server, "/v1/access/challenge", { network, account, ...paid });
  return post(server, "/v1/access/restore", { message, signature: await sign(message) });
}

/** As wallets sign text (HIP-820): no text can be a transaction. @param {Signer} signer @param {string} message */
export async function signText(signer, message) {
  const text = new TextEncoder().encode(message);
  const head = new TextEncoder().encode(`\x19Hedera Signed Message:\n${text.length}`);
  return btoa(String.fromCharCode(...(await signer.sign(Uint8Array.from([...head, ...text])))));
}

/** @param {string} server @param {string} path @param {object} body */
async function post(server, path, body) {
  const headers = { "content-type": "application/json" };
  const response = await fetch(new URL(path, server), { method: "POST", headers, body: JSON.stringify(body) });
  const answer = await response.json();
  if (!response.ok) throw Object.assign(new Error(answer.detail ?? response.statusText), { code: answer.code ?? "internal" });
  return answer;
}
