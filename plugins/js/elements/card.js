// The card both elements show: what it costs, what to do, how it goes. It knows nothing of payments.
//
// Parts for a site's own style: card, mark, title, price, fiat, notice, status, actions, button, primary, link, fine.

import { CSS } from "./style.js";

/**
 * @typedef {object} Action @property {string} id @property {string} text @property {() => void} [act] @property {boolean} [primary]
 * @property {string} [note] @property {string} [icon] @property {string} [href] opens in a tab of its own
 *
 * @typedef {object} View
 * @property {string} state also on the element, as `state`
 * @property {"plain" | "wait" | "good" | "bad"} tone
 * @property {string} title @property {string} [price] @property {string} [fiat] @property {string} [notice]
 * @property {string} [status] read out by screen readers when it changes
 * @property {Action[]} actions @property {string} [fine] @property {boolean} [brief] one line, for when all is done
 */

/** @type {Record<View["tone"], string>} paths in a 24 px square */
const MARKS = {
  plain: "M7 11V8a5 5 0 0 1 10 0v3M6 11h12v9H6z",
  wait: "M12 7v5l3 2M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0z",
  good: "M5 12.5l4.5 4.5L19 7.5",
  bad: "M12 8v5m0 3.5v.01M12 3 2.5 20h19z",
};
/** @type {CSSStyleSheet | undefined} */ let sheet;

export class Card {
  #host;
  #root;
  #parts = /** @type {Record<string, HTMLElement>} */ ({});
  #actions = "";

  /** @param {HTMLElement} host */
  constructor(host) {
    this.#host = host;
    this.#root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
    if (!sheet) (sheet = new CSSStyleSheet()).replaceSync(CSS);
    this.#root.adoptedStyleSheets = [sheet];
    const card = this.#make("section", "card", { "aria-labelledby": "title" });
    const head = document.createElement("header");
    head.append(this.#make("span", "mark", { "aria-hidden": "true" }), this.#make("p", "title", { id: "title", role: "heading", "aria-level": host.getAttribute("heading-level") ?? "2" }));
    card.append(head, this.#make("p", "price"), this.#make("p", "notice"), this.#make("p", "status", { role: "status", tabindex: "-1" }));
    card.append(this.#make("div", "actions"), this.#make("p", "fine"));
    this.#root.replaceChildren(card, document.createElement("slot"));
  }

  /** @param {View} view */
  show(view) {
    const { card, mark, title, price, notice, status, fine } = this.#parts;
    this.#host.setAttribute("state", view.state);
    card.dataset.tone = view.tone;
    card.classList.toggle("brief", Boolean(view.brief));
    card.setAttribute("aria-busy", String(view.tone === "wait"));
    mark.innerHTML = `<svg viewBox="0 0 24 24"><path d="${MARKS[view.tone]}"/></svg>`;
    title.textContent = view.title;
    fill(price, view.price);
    if (view.price && view.fiat) price.append(Object.assign(document.createElement("span"), { textContent: view.fiat, part: "fiat" }));
    fill(notice, view.notice);
    if (status.textContent !== (view.status ?? "")) status.textContent = view.status ?? ""; // never hidden: a live region has to be there before it speaks
    fill(fine, view.fine);
    this.#showActions(view.actions);
  }

  /** The keyboard goes on where it was, or at what is said now. @param {Action[]} actions */
  #showActions(actions) {
    const { actions: box, status } = this.#parts;
    const key = JSON.stringify(actions);
    if (key === this.#actions) {
      [...box.children].forEach((button, at) => (/** @type {HTMLElement} */ (button).onclick = actions[at].act ?? null));
      return;
    }
    this.#actions = key;
    const focused = this.#root.activeElement;
    const wasHere = focused !== null && (focused === status || box.contains(focused));
    box.replaceChildren(...actions.map(button));
    if (!wasHere) return;
    const next = /** @type {HTMLElement | null} */ (box.querySelector(".primary") ?? box.querySelector("button, a"));
    (next ?? status).focus({ preventScroll: true });
  }

  /** Whether the reader's keyboard is in the card. */
  get isFocused() {
    return this.#root.activeElement !== null;
  }

  /** @param {string} tag @param {string} part @param {Record<string, string>} [attributes] */
  #make(tag, part, attributes = {}) {
    const made = document.createElement(tag);
    made.setAttribute("part", part);
    made.className = part;
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return (this.#parts[part] = made);
  }
}

/** @param {HTMLElement} element @param {string} [text] */
function fill(element, text) {
  element.textContent = text ?? "";
  element.hidden = !text;
}

/** @param {Action} action */
function button({ id, text, act, primary, note, icon, href }) {
  const made = document.createElement(href ? "a" : "button");
  if (href) Object.assign(made, { href, target: "_blank", rel: "noopener" });
  else Object.assign(made, { type: "button", onclick: act ?? null });
  made.id = id;
  made.className = primary ? "primary" : href ? "link" : "plain";
  made.setAttribute("part", primary ? "button primary" : href ? "link" : "button");
  // an icon is a data: URI by EIP-6963; anything else would be a request to a stranger
  if (icon?.startsWith("data:image/")) made.append(Object.assign(new Image(20, 20), { src: icon, alt: "" }));
  const words = document.createElement("span");
  words.textContent = text;
  if (note) words.append(Object.assign(document.createElement("small"), { textContent: note }));
  made.append(words);
  return made;
}
