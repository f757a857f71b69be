// Which wallet in this browser can pay an option, if any: one that pays through a relay by itself, else on EVM chains any
// EIP-1193 wallet, by an authorization that the relay sends and pays the gas of. Elsewhere the payer opens his own wallet and
// types in what the page shows.

import { discoverRelayWallets, discoverWallets, walletSigner } from "./client/index.js";

/** @typedef {import("./client/eip155.js").Wallet} Wallet */
/** @typedef {{name: string, note: string, pay: () => Promise<unknown>}} Way */

/** @type {Wallet[]} */ const wallets = [];
/** @type {(import("./client/wallets.js").RelayWallet & {networks: string[]})[]} */ const relayWallets = [];

/** Hear of wallets as they announce themselves. @param {() => void} onChange */
export function findWallets(onChange) {
  discoverWallets((wallet) => {
    wallets.push(wallet);
    onChange();
  });
  discoverRelayWallets(async (wallet) => {
    const networks = await wallet.provider.request({ method: "relay_accounts" }).catch(() => []);
    relayWallets.push({ ...wallet, networks });
    onChange();
  });
}

/**
 * @param {any} option one of the ways to pay
 * @param {any} invoice
 * @param {import("./client/pay.js").Relay} relay
 * @returns {Way | null}
 */
export function walletFor(option, invoice, relay) {
  const { network, asset } = option;
  const isEvm = network.startsWith("eip155:");
  const gasless = invoice.requirements.some(
    (/** @type {any} */ each) => each.scheme === "exact" && each.network === network && each.asset === asset,
  );
  if (isEvm && !gasless) return null;
  const able = relayWallets.find(({ networks }) => networks.includes(network) || (isEvm && networks.includes("eip155:*")));
  if (able) {
    const params = { server: location.origin, invoice: { id: invoice.id }, network, asset };
    return {
      name: able.info.name,
      note: "Your wallet shows what you sign.",
      pay: () => able.provider.request({ method: "relay_pay", params }),
    };
  }
  const [wallet] = wallets;
  if (!isEvm || !wallet) return null;
  return {
    name: wallet.info.name,
    note: "Your wallet shows what you sign. You pay no gas: the relay sends it.",
    async pay() {
      const signer = await walletSigner(wallet.provider);
      return relay.pay({ network, asset, invoice, signer });
    },
  };
}
