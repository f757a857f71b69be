// News for a page that embeds this one in an iframe: `window.postMessage`, to that page's exact origin and no other.
//
//   { source: "relay", version: 1, type: "ready" | "status" | "event" | "size", invoice: id, … }
//     status  { status, flags, paid }     at each change; "settled" is the one to wait for, and to ask your server about
//     event   { event }                   the relay's event, as sockets and webhooks carry it
//     size    { height }                  in CSS pixels, so that the frame can fit
//
// Nothing is heard from the embedding page. A message can be forged by other frames of it, so a shop that unlocks on one
// compares `event.origin` with the relay's, and lets its server read the invoice before it hands anything over.

export const framed = window.parent !== window;
let told = "";
let height = 0;

/** @param {string | null} origin @param {string} type @param {string} invoice @param {object} more */
function post(origin, type, invoice, more) {
  if (framed && origin) window.parent.postMessage({ source: "relay", version: 1, type, invoice, ...more }, origin);
}

/** @param {string | null} origin of the embedding site @param {any} invoice @param {object} [event] */
export function announce(origin, invoice, event) {
  if (event) return post(origin, "event", invoice.id, { event });
  const state = JSON.stringify([invoice.status, invoice.flags, invoice.paid]);
  if (state === told) return;
  if (!told) post(origin, "ready", invoice.id, {});
  told = state;
  post(origin, "status", invoice.id, { status: invoice.status, flags: invoice.flags ?? [], paid: invoice.paid ?? null });
}

let shown = "";

/** @param {string | null} origin */
export function reportSize(origin) {
  if (!framed) return;
  shown ||= JSON.parse(document.getElementById("page")?.textContent ?? "{}").invoice?.id ?? "";
  requestAnimationFrame(() => {
    const now = Math.ceil(document.documentElement.getBoundingClientRect().height);
    if (now !== height) post(origin, "size", shown, { height: (height = now) });
  });
}
