// The gate in the article: one place, five faces, and what a payment under way says.

import { facts } from "./sheet.js";
import { explain, shorten, showAmount, showDate, showTime } from "./words.js";

const STEPS = { signing: 0, signed: 1, sending: 1, submitted: 3, included: 3, settled: 4 };
const SAYS = {
  signing: "Signing.",
  sending: "Sent to the relay.",
  submitted: "A node has taken the payment. Waiting for the ledger.",
  included: "On the ledger, waiting until it is final.",
  waiting: "No connection. The payment goes on by itself when it is back.",
};

const element = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** Which face the gate shows. */
export const state = () => element("gate").dataset.state ?? "";

/** @param {string} name */
export function face(name) {
  element("gate").dataset.state = name;
}

/** Told to whoever cannot see the page. @param {string} words */
export function say(words) {
  element("status").textContent = words;
}

/** @param {string} [notice] */
export function lock(notice) {
  element("notice").hidden = !notice;
  element("notice").textContent = notice ?? "";
  if (notice) say(notice);
  face("locked");
}

/**
 * One stage of a payment. What is said is the step under way: `submitted` means that taking is done and settling began.
 * @param {string} stage @param {string} account
 */
export function step(stage, account) {
  const isFirst = state() !== "paying";
  face("paying");
  if (isFirst) element("paying-title").focus({ preventScroll: true });
  const items = [...element("steps").children].map((item) => /** @type {HTMLElement} */ (item));
  if (isFirst) for (const item of items) item.className = "";
  const isWaiting = stage === "waiting";
  const doing = STEPS[/** @type {keyof typeof STEPS} */ (stage)];
  if (doing !== undefined) {
    const reached = doing === 1 && items[2].className === "done" ? 3 : doing;
    items.forEach((item, index) => {
      item.className = index < reached ? "done" : index === reached ? "doing" : "";
      item.toggleAttribute("aria-current", index === reached);
    });
  }
  for (const item of items) item.classList.toggle("waiting", isWaiting && item.classList.contains("doing"));
  element("paying-note").textContent = isWaiting
    ? "Waiting for the connection. What you signed is kept; it cannot be charged twice."
    : `Leave or reload if you like: the payment from ${shorten(account)} goes on, and this page finds it again.`;
  if (SAYS[/** @type {keyof typeof SAYS} */ (stage)]) say(SAYS[/** @type {keyof typeof SAYS} */ (stage)]);
}

/** @param {any} error */
export function refuse(error) {
  const { title, why, todo, detail } = explain(error);
  element("refused-title").textContent = title;
  element("refused-why").textContent = why;
  element("refused-todo").textContent = todo;
  element("refused-detail").textContent = detail;
  element("again").hidden = error?.code === "outcome_unknown";
  face("refused");
  say(`${title}. ${why} ${todo}`);
  element("refused-title").focus({ preventScroll: true });
}

/** @param {import("/demo/client/client.js").PaymentEvent} event @param {import("./words.js").Asset} asset */
export function showReceipt(event, asset) {
  facts(element("receipt-facts"), [
    ["Paid", showAmount(event.amount, asset)],
    ["From", [[event.payer]]],
    ["To", event.payTo.map((share) => [share.account, event.payTo.length > 1 ? showAmount(share.amount, asset) : ""])],
    ["Settled", `${showDate(event.time)}, ${showTime(event.time)}`],
    ["Transaction", [[event.transactionId]]],
    ["Payment", [[event.payment]]],
  ]);
  element("receipt").hidden = false;
}
element("receipt").hidden = true;
