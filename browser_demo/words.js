// What the page says: amounts, times, and a refusal in plain words with what to do about it.

const SYMBOLS = { HBAR: "ℏ" };

/**
 * Units for people, exact: `showUnits("150000000", 8)` is `1.5`.
 * @param {string | bigint} units @param {number} decimals
 */
export function showUnits(units, decimals) {
  const digits = String(units).padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals).replace(/\B(?=(\d{3})+$)/g, ",");
  const part = digits.slice(digits.length - decimals).replace(/0+$/, "");
  return part ? `${whole}.${part}` : whole;
}

/** @typedef {{asset: string, symbol: string, decimals: number}} Asset */

/** @param {string | bigint} units @param {Asset} asset */
export const showAmount = (units, asset) =>
  `${showUnits(units, asset.decimals)}\u00a0${SYMBOLS[/** @type {"HBAR"} */ (asset.symbol)] ?? asset.symbol}`;

/** An address in as many letters as people compare. Shorter ids stay whole. @param {string} account */
export const shorten = (account) => (/^0x[0-9a-fA-F]{40}$/.test(account) ? `${account.slice(0, 6)}…${account.slice(-4)}` : account);

/** @param {string | number | Date} time */
export const showTime = (time) =>
  new Date(time).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** @param {string | number | Date} time */
export const showDate = (time) =>
  new Date(time).toLocaleDateString([], { day: "numeric", month: "long", year: "numeric" });

const TOO_LITTLE = {
  title: "This account does not hold enough",
  todo: "Choose another account in the wallet and try again.",
};
// HAPI ResponseCodeEnum, as far as a payer can do something about it
const BY_NODE_CODE = {
  4: "transaction_expired", 7: "invalid_signature", 10: TOO_LITTLE, 12: "busy", 28: TOO_LITTLE, 178: TOO_LITTLE,
  184: { title: "A payee cannot receive this token", todo: "Tell the publisher; paying again would not help." },
};

/** @type {Record<string, {title: string, why?: string, todo: string}>} */
const BY_CODE = {
  node_unreachable: {
    title: "The payment network cannot be reached",
    why: "No node of the network answered, so nothing was sent and no money moved.",
    todo: "Wait a moment and try again.",
  },
  busy: { title: "The network is busy", why: "A node asked to come back later. No money moved.", todo: "Try again in a few seconds." },
  wallet_refused: { title: "Your wallet did not sign", why: "Nothing was signed, nothing was sent.", todo: "Look into the wallet, or choose a development account." },
  insufficient_funds: { ...TOO_LITTLE, why: "The relay asked the chain what the account holds. Nothing was sent." },
  invoice_expired: { title: "This offer has run out", why: "No money moved.", todo: "Try again; you get a new one at once." },
  invoice_paid: { title: "This offer is already being paid", why: "Another payment for it is on its way.", todo: "Reload the page in a moment; it opens by itself if the payment was yours." },
  transaction_expired: { title: "It took too long", why: "A signed payment is good for two minutes only, and they are over. No money moved.", todo: "Try again." },
  invalid_signature: { title: "The signature does not fit this account", why: "The network did not accept the key. No money moved.", todo: "Choose another account in the wallet." },
  not_sent: { title: "There was no connection", why: "Nothing was sent, and what was signed is no longer good.", todo: "Try again once you are connected." },
  outcome_unknown: { title: "We could not hear how it ended", why: "The payment may have gone through; it cannot be taken any more from now on.", todo: "Leave this page open: it unlocks by itself if it was paid. Do not pay again yet." },
  offline: { title: "The relay cannot be reached", why: "Nothing was sent and no money moved.", todo: "Check your connection and try again." },
  rate_limited: { title: "Too many tries in a short time", why: "Nothing was sent.", todo: "Wait a minute and try again." },
  internal: { title: "Something went wrong on the relay’s side", why: "The payment did not go through.", todo: "Try again in a moment." },
};

/**
 * @param {{code?: string, message?: string, nodePrecheckcode?: number | null, receiptStatus?: number | null}} error
 * @returns {{title: string, why: string, todo: string, detail: string}}
 */
export function explain(error) {
  const code = error.code ?? "internal";
  const number = error.receiptStatus || error.nodePrecheckcode || 0;
  const byNode = BY_NODE_CODE[/** @type {keyof typeof BY_NODE_CODE} */ (number)];
  const known = (typeof byNode === "string" ? BY_CODE[byNode] : byNode) ?? BY_CODE[code];
  const detail = [code, number && `network code ${number}`, error.message].filter(Boolean).join(" · ");
  if (!known) {
    const why = "The relay compared what was signed with what this page asks for, and stopped it. No money moved.";
    return { title: "The payment was not let through", why, todo: "Try again; tell the publisher if it happens twice.", detail };
  }
  return { why: "The network looked at the balance and refused. No money moved.", ...known, detail };
}
