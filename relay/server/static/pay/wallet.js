// Which wallet in this browser can pay an option, if any: on EVM chains any EIP-1193 wallet, by an authorization that the
// relay sends and pays the gas of. Elsewhere the payer opens his own wallet and types in what the page shows.

import { discoverWallets, walletSigner } from "./client/index.js";

/** @typedef {import("./client/eip155.js").Wallet} Wallet */

/** @type {Wallet[]} */ const wallets = [];

/** Hear of wallets as they announce themselves. @param {() => void} onChange */
export function findWallets(onChange) {
  discoverWallets((wallet) => {
    wallets.push(wallet);
    onChange();
  });
}

/**
 * @param {any} option one of the ways to pay
 * @param {any} invoice
 * @param {import("./client/pay.js").Relay} relay
 * @returns {{name: string, note: string, pay: () => Promise<unknown>} | null}
 */
export function walletFor(option, invoice, relay) {
  const [wallet] = wallets;
  const gasless = invoice.requirements.some(
    (/** @type {any} */ each) => each.scheme === "exact" && each.network === option.network && each.asset === option.asset,
  );
  if (!option.network.startsWith("eip155:") || !wallet || !gasless) return null;
  return {
    name: wallet.info.name,
    note: "Your wallet shows what you sign. You pay no gas: the relay sends it.",
    async pay() {
      const signer = await walletSigner(wallet.provider);
      return relay.pay({ network: option.network, asset: option.asset, invoice, signer });
    },
  };
}
