// The publisher's desk: the merchant's event stream as the site's own server hears it, newest first.

import { shorten, showAmount, showTime } from "./words.js";

const KEPT = 40;
const RETRY_MS = 2_000;
const WORDS = {
  "payment.submitted": "On its way",
  "payment.included": "On the ledger",
  "payment.settled": "Settled",
  "payment.failed": "Failed",
  "payment.rejected": "Refused",
  "payment.expired": "Ran out",
  "payment.reverted": "Taken back",
  "invoice.expired": "An offer ran out",
  "invoice.cancelled": "An offer was withdrawn",
  "funds.unassigned": "For no offer",
  "webhook.test": "A test for a webhook",
  "webhook.disabled": "A webhook was given up",
};

/**
 * @param {{list: HTMLElement, empty: HTMLElement, link: HTMLElement, text: HTMLElement}} parts
 * @param {(id: string) => import("./words.js").Asset} assetOf
 */
export function openDesk({ list, empty, link, text }, assetOf) {
  const seen = new Set();
  const opened = Date.now();
  let last = 0;

  /** @param {string} state @param {string} words */
  const say = (state, words) => {
    link.dataset.state = state;
    text.textContent = words;
  };

  const listen = () => {
    const source = new EventSource(`/demo/api/events?after=${last}`);
    source.onopen = () => say("online", "Live");
    source.onerror = () => {
      say("offline", "Reconnecting");
      // The browser retries a broken stream, but not one that was refused.
      if (source.readyState === EventSource.CLOSED) setTimeout(listen, RETRY_MS);
    };
    const hear = (/** @type {MessageEvent} */ message) => show(JSON.parse(message.data));
    source.onmessage = hear;
    for (const type of Object.keys(WORDS)) source.addEventListener(type, hear);
  };

  /** @param {import("/demo/client/client.js").PaymentEvent} event */
  const show = (event) => {
    if (seen.has(event.id)) return;
    seen.add(event.id);
    last = Math.max(last, event.seq);
    empty.hidden = true;
    list.prepend(row(event, assetOf(event.asset), Date.parse(event.time) > opened));
    while (list.children.length > KEPT) list.lastElementChild?.remove();
  };

  listen();
}

/** @param {import("/demo/client/client.js").PaymentEvent} event @param {import("./words.js").Asset} asset @param {boolean} isNew */
function row(event, asset, isNew) {
  const item = document.createElement("li");
  item.dataset.status = event.status;
  item.dataset.type = event.type;
  item.classList.toggle("new", isNew);
  const details = document.createElement("details");
  const summary = document.createElement("summary");
  const part = (/** @type {string} */ className, /** @type {string} */ textContent) =>
    Object.assign(document.createElement("span"), { className, textContent });
  const when = Object.assign(document.createElement("time"), { className: "when", dateTime: event.time, textContent: showTime(event.time) });
  summary.append(
    part("mark", ""),
    part("what", WORDS[/** @type {keyof typeof WORDS} */ (event.type)] ?? event.type),
    when,
    part("who", event.payment ? `from ${shorten(event.payer)}` : ""),
    part("sum", event.payment ? showAmount(event.amount, asset) : ""),
  );
  const json = Object.assign(document.createElement("pre"), { textContent: JSON.stringify(event, null, 2), tabIndex: 0 });
  details.append(summary, json);
  item.append(details);
  return item;
}
