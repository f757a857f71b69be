// Wallets of either kind, as the elements use them: who they are, where they pay, one way to pay and one to get access back.

import { signMessage, walletSigner } from "../eip155.js";
import { restoreAccess } from "../wallets.js";

/**
 * @typedef {{network: string, asset: string, amount: string, symbol: string, decimals: number, gasless: boolean, worth?: {currency: string, rate: string}}} Way
 * @typedef {{server: string, network: string, invoice?: string, merchant?: string | null, contentId?: string}} Paid what is wanted back
 * @typedef {object} Payer
 * @property {{uuid: string, name: string, icon: string}} info @property {string[]} networks `eip155:*` is every EVM chain
 * @property {(way: Way, onProgress: (news: {stage: string}) => void) => Promise<any>} pay
 * @property {(what: Paid) => Promise<{accessToken: string}>} restore
 */

const EVERY_CHAIN = "eip155:*";
const MOST_CHAINS = 3; // a wallet is asked for a signature on each

/** @param {Payer} payer @param {string} network */
export const pays = ({ networks }, network) => networks.includes(network) || (network.startsWith("eip155:") && networks.includes(EVERY_CHAIN));

/**
 * A wallet of the kind that pays by itself.
 * @param {import("../wallets.js").RelayWallet} wallet @param {() => Omit<import("../wallets.js").PayRequest, "network" | "asset">} ask
 * @returns {Promise<Payer>}
 */
export async function relayPayer({ info, provider }, ask) {
  const networks = await provider.request({ method: "relay_accounts" });
  return {
    info, networks,
    pay: ({ network, asset }, onProgress) => provider.request({ method: "relay_pay", params: { ...ask(), network, asset } }, { onProgress }),
    restore: (params) => provider.request({ method: "relay_restore", params }),
  };
}

/**
 * An EIP-1193 wallet, paid by gasless authorization; access comes back by a text it signs.
 * @param {import("../eip155.js").Wallet} wallet @param {() => {relay: ReturnType<typeof import("../client.js").connect>, invoice: any}} what
 * @returns {Payer}
 */
export function evmPayer({ info, provider }, what) {
  return {
    info, networks: [EVERY_CHAIN],
    async pay({ network, asset }, onProgress) {
      const signer = await walletSigner(provider);
      const { relay, invoice } = what();
      return relay.pay({ network, asset, invoice, signer, onProgress });
    },
    async restore({ network, ...paid }) {
      const { account } = await walletSigner(provider);
      const here = `eip155:${Number(await provider.request({ method: "eth_chainId" }))}`;
      const known = (await what().relay.networks()).map((one) => one.network).filter((one) => one.startsWith("eip155:"));
      const likely = [network, here].filter((one) => known.includes(one));
      const chains = [...new Set([...likely, ...known])].slice(0, MOST_CHAINS);
      return firstFound(chains, (chain) => restoreAccess({ ...paid, network: chain }, account, (text) => signMessage(provider, account, text)));
    },
  };
}

/**
 * The first that finds something.
 * @template T @param {string[]} chains @param {(chain: string) => Promise<T>} look @returns {Promise<T>}
 */
async function firstFound(chains, look) {
  for (const chain of chains) {
    try {
      return await look(chain);
    } catch (error) {
      if (codeOf(error) !== "not_found" || chain === chains.at(-1)) throw error;
    }
  }
  throw Object.assign(new Error("this relay speaks no EVM chain"), { code: "not_found" });
}

/** @param {any} error */
export function codeOf(error) {
  const { code } = error ?? {};
  if (code === 4001 || code === 4100) return "declined";
  if (code === 4200) return "not_found";
  return typeof code === "string" ? code : "internal";
}
