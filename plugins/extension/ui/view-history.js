// The history: every payment with its receipt, and in honest words how it stands.

import { ask, attempt, el, facts } from "./dom.js";
import { STATUS } from "./status.js";
import { networkName } from "../networks.js";
import { plain, showAmount, showTime } from "../text.js";

/** @typedef {Omit<import("../history.js").Payment, "signed" | "token">} Shown */

const MOST = 100;
/** @param {unknown} _ @param {() => Promise<void>} again @returns {Promise<Node[]>} */
export async function historyView(_, again) {
  /** @type {Shown[]} */ const payments = await ask("history");
  if (payments.length === 0) return [el("div", { className: "empty" }, el("h2", {}, "Nothing paid yet"), el("p", {}, "What you approve appears here, with its receipt."))];
  return payments.slice(0, MOST).map((payment) => card(payment, again));
}

/** @param {Shown} payment @param {() => Promise<void>} again */
function card(payment, again) {
  const { words, tone, why } = STATUS[payment.status];
  const error = el("p", { className: "error", role: "alert" });
  const look = /** @type {HTMLButtonElement} */ (el("button", { className: "plain" }, "Ask again now"));
  look.addEventListener("click", () => attempt(error, look, async () => {
    await ask("history.look", { id: payment.id });
    await again();
  }));
  return el("article", { className: "card payment", "data-status": payment.status },
    el("span", { className: "what" }, new URL(payment.origin).host), el("span", { className: "money" }, showAmount(payment.amount, payment.kind)),
    el("span", { className: "soft small" }, showTime(payment.time), payment.auto ? " · without asking" : ""),
    el("span", { style: "text-align:right" }, el("span", { className: `tag ${tone}` }, words)),
    el("details", {}, el("summary", {}, "Receipt"), why ? el("p", { className: "small" }, why) : null,
      payment.error ? el("p", { className: "small" }, plain(payment.error.message, 300)) : null,
      facts(rows(payment)),
      payment.status === "unknown" ? look : null, error));
}

/** @param {Shown} payment @returns {import("../show.js").View["rows"]} */
function rows({ payTo, kind, payer, network, memo, contentId, server, transactionId, title, event }) {
  return [
    ["Page", plain(title || "no title", 120)],
    ["To", payTo.map(({ account, amount }) => ({ mono: account, note: showAmount(amount, kind) }))],
    ["From", [{ mono: payer }]],
    ["Network", networkName(network)],
    ["Transaction", [{ mono: transactionId }]],
    ...(memo ? /** @type {any} */ ([["Memo", [{ mono: plain(memo) }]]]) : []),
    ...(contentId ? /** @type {any} */ ([["For", [{ mono: plain(contentId) }]]]) : []),
    ...(server ? /** @type {any} */ ([["Server", [{ mono: new URL(server).host }]]]) : []),
    ...(event?.payment ? /** @type {any} */ ([["Payment", [{ mono: plain(event.payment, 60) }]]]) : []),
  ];
}
