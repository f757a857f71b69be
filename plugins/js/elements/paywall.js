// <relay-paywall>: sells what stands behind it. The content comes from the site, for a token, and never before.
//
//   <relay-paywall relay="https://pay.example" content-id="post-42" price="0.05 USD"
//                  content-url="/content/post-42" invoice-url="/invoices"></relay-paywall>

import { discoverWallets } from "../eip155.js";
import { discoverRelayWallets } from "../wallets.js";
import { Card } from "./card.js";
import { networkName, showPrice, showUnits, showWorth } from "./money.js";
import { reason, speaker } from "./messages.js";
import { evmPayer, relayPayer } from "./payers.js";
import { Sale } from "./sale.js";

/**
 * @typedef {import("./card.js").View} View
 * @typedef {import("./card.js").Action} Action
 * @typedef {import("./sale.js").Choice} Choice
 */

const SPENT = new Set(["invoice_expired", "invoice_paid", "invoice_not_found", "quote_expired"]);
const REDIRECT_MS = 4_000; // time to read why, as in 2019
/** The script's own origin, for elements that name no relay. */
const HOME = origin(/** @type {any} */ (globalThis.document?.currentScript)?.src);

export class RelayPaywall extends (globalThis.HTMLElement ?? Object) {
  static observedAttributes = ["lang", "price"];
  /** @type {Sale | null} */ #sale = null;
  /** @type {Card | null} */ #card = null;
  /** @type {(() => void)[]} */ #ends = [];
  #shown = false;
  #left = false;
  /** Other words for this element alone: `{title: "Watch the film"}`. @type {Record<string, string>} */ messages = {};

  connectedCallback() {
    this.#card ??= new Card(this);
    const get = (/** @type {string} */ name) => this.getAttribute(name);
    const [relay, content, contentUrl] = [origin(get("relay")) ?? HOME, get("content-id"), get("content-url")];
    const canSell = get("invoice-url") || (get("listing") && get("key"));
    if (!relay || !content || !contentUrl || !canSell) {
      console.error("<relay-paywall> needs relay, content-id, content-url, and invoice-url or listing and key");
      return this.#card.show({ state: "invalid", tone: "bad", title: this.#say("title"), status: reason(this.#say, "not_for_sale"), actions: [] });
    }
    const terms = { relay, content, contentUrl, invoiceUrl: get("invoice-url"), listing: get("listing"), key: get("key"), freeUrl: get("free-url"), price: get("price"), merchant: get("merchant") };
    const sale = (this.#sale = new Sale(terms, () => this.#render()));
    this.#ends.push(() => sale.stop(), ...this.#find(sale, relay));
    this.#render();
    void sale.start();
  }

  disconnectedCallback() {
    for (const end of this.#ends.splice(0)) end();
    this.#sale = null;
  }

  attributeChangedCallback() {
    if (this.#sale) this.#render();
  }

  /** Wallets of both kinds; one that announces itself twice is one. @param {Sale} sale @param {string} server */
  #find(sale, server) {
    const known = new Set();
    const add = (/** @type {import("./payers.js").Payer} */ payer) => {
      sale.payers = sale.payers.filter(({ info }) => info.uuid !== payer.info.uuid).concat(payer);
      this.#render();
    };
    const ask = () => ({ server, invoice: { id: sale.invoice.id, secret: sale.invoice.secret }, contentId: sale.invoice.contentId ?? undefined });
    const relayWallets = discoverRelayWallets(async (wallet) => {
      known.add(wallet.info.uuid);
      try {
        add(await relayPayer(wallet, ask));
      } catch {
        // it does not say where it can pay: then it cannot
      }
    });
    const evmWallets = discoverWallets((wallet) => {
      if (!known.has(wallet.info.uuid)) add(evmPayer(wallet, () => ({ relay: sale.relay, invoice: sale.invoice })));
    });
    return [relayWallets, evmWallets];
  }

  get #language() {
    const lang = this.closest("[lang]")?.getAttribute("lang") || navigator.language || "en";
    return Intl.NumberFormat.supportedLocalesOf([lang]).length ? lang : "en";
  }

  get #say() {
    const said = speaker(this.#language);
    return (/** @type {string} */ name, /** @type {Record<string, string | number>} */ values = {}) =>
      name in this.messages ? this.messages[name].replace(/\{(\w+)\}/g, (_, key) => String(values[key] ?? "")) : said(name, values);
  }

  #render() {
    const [sale, card] = [this.#sale, this.#card];
    if (!sale || !card) return;
    const keyboard = card.isFocused;
    card.show(this.#view(sale));
    if (sale.state === "open" && sale.content && !this.#shown) this.#reveal(sale.content, sale.token, keyboard);
    if (sale.problem === "declined") this.#leave("redirect-declined");
    if (sale.problem === "no_account") this.#leave("redirect-no-wallet");
  }

  /** @param {Sale} sale @returns {View} */
  #view(sale) {
    const say = this.#say;
    const { state, problem, invoice } = sale;
    const asked = invoice && this.#asked(sale);
    const label = asked?.price ?? this.getAttribute("price") ?? "";
    const facts = { state, title: this.getAttribute("heading") ?? say("title"), price: label, fiat: asked?.fiat, fine: say("fine") };
    const trouble = problem ? reason(say, problem) : sale.online ? "" : say("offline");
    const tone = /** @type {View["tone"]} */ (problem && problem !== "declined" ? "bad" : "plain");
    const free = { id: "free", text: say("free"), note: say("freeLeft", { count: sale.freeLeft }), act: () => void sale.free() };
    switch (state) {
      case "checking":
        return { ...facts, tone: "wait", status: say("checking"), actions: [] };
      case "locked": {
        const unlock = { id: "unlock", primary: true, text: label ? say("unlock", { price: label }) : say("unlockPlain"), act: () => void sale.begin() };
        const first = problem && !sale.restoring ? { ...unlock, text: say("again"), act: () => void sale.again() } : unlock;
        const notice = sale.expired ? say("expired") : undefined;
        return { ...facts, tone, notice, status: trouble, actions: [first, ...(sale.freeLeft && this.hasAttribute("free-url") ? [free] : []), ...this.#restores(sale)] };
      }
      case "preparing":
        return { ...facts, tone: "wait", status: say("preparing"), actions: [] };
      case "choosing":
        return { ...facts, tone, status: trouble || (sale.choices().length ? say("choose") : say("noWallet")), actions: this.#ways(sale) };
      case "paying":
        return { ...facts, tone: "wait", status: sale.online ? say(sale.stage === "included" ? "submitted" : sale.stage) || say("preparing") : say("waiting"), actions: [] };
      case "opening":
        return { ...facts, tone: "wait", status: say("opening"), actions: [] };
      case "open":
        return { state, tone: "good", brief: true, title: say(sale.token ? "paid" : "open"), status: sale.token ? say("open") : "", actions: [] };
    }
  }

  /** @param {Sale} sale @returns {Action[]} */
  #ways(sale) {
    const say = this.#say;
    if (sale.problem === "outcome_unknown") return [{ id: "again", primary: true, text: say("look"), act: () => void sale.again() }];
    const isSpent = SPENT.has(sale.problem ?? ""); // then there is nothing left to pay on this invoice
    const pays = (isSpent ? [] : sale.choices()).map(({ payer, way }, at) => ({
      id: `pay-${at}`, primary: at === 0, icon: payer.info.icon, note: say("on", { network: networkName(way.network) }),
      text: say("payWith", { price: showUnits(way.amount, way, this.#language), wallet: payer.info.name }),
      act: () => void sale.pay({ payer, way }),
    }));
    const page = { id: "page", text: say("otherWallet"), note: say("otherWalletNote"), href: sale.invoice.url };
    const renew = [{ id: "again", primary: true, text: say("again"), act: () => void sale.begin() }];
    return [...pays, ...(isSpent ? renew : sale.invoice.url ? [page] : []), { id: "back", text: say("back"), act: () => sale.back() }];
  }

  /** @param {Sale} sale @returns {Action[]} */
  #restores(sale) {
    const able = sale.restorable ? sale.payers.filter(({ networks }) => networks.length) : [];
    return able.map((payer, at) => ({ id: `restore-${at}`, text: this.#say("restore"), ...(able.length > 1 && { note: payer.info.name }), act: () => void sale.restore(payer) }));
  }

  /** @param {Sale} sale */
  #asked(sale) {
    const [way, ...others] = sale.ways();
    const coin = way && sale.networks.length ? showUnits(way.amount, way, this.#language) : undefined;
    const { price } = sale.invoice;
    const worth = coin && way.worth && `≈ ${showWorth(way.amount, way, way.worth, this.#language)}`;
    return price ? { price: showPrice(price, this.#language), fiat: coin && `${others.length ? "≈ " : "= "}${coin}` } : { price: coin, fiat: worth };
  }

  /** The content takes its place behind the card. @param {{html?: string, blob?: Blob}} content @param {string | undefined} token @param {boolean} keyboard */
  #reveal({ html, blob }, token, keyboard) {
    this.#shown = true;
    const told = new CustomEvent("relay:unlock", { bubbles: true, composed: true, cancelable: true, detail: { html, blob, token } });
    if (!this.dispatchEvent(told)) return; // the page shows it itself
    const place = document.createElement("div");
    place.className = "relay-content";
    place.tabIndex = -1;
    if (html !== undefined) place.innerHTML = html;
    else if (blob) place.append(media(blob));
    this.append(place);
    if (keyboard) place.focus({ preventScroll: true });
    if (token) this.#leave("redirect-paid");
  }

  /** To a page of this site, which the site named; a page may prevent it. @param {string} name */
  #leave(name) {
    const target = this.getAttribute(name);
    if (!target || this.#left) return;
    const url = new URL(target, location.href);
    if (url.origin !== location.origin || url.pathname + url.search === location.pathname + location.search) return;
    if (!this.dispatchEvent(new CustomEvent("relay:redirect", { bubbles: true, composed: true, cancelable: true, detail: { url: url.href } }))) return;
    this.#left = true;
    const timer = setTimeout(() => location.assign(url), REDIRECT_MS);
    this.#ends.push(() => clearTimeout(timer));
  }
}

/** @param {Blob} blob */
function media(blob) {
  const src = URL.createObjectURL(blob);
  const kind = blob.type.split("/")[0];
  if (kind === "image") return Object.assign(new Image(), { src, alt: "" });
  if (kind === "video" || kind === "audio") return Object.assign(document.createElement(kind), { src, controls: true });
  return Object.assign(document.createElement("a"), { href: src, download: "", textContent: blob.type });
}

/** @param {string | null | undefined} url */
function origin(url) {
  try {
    const { protocol, origin: found } = new URL(url ?? "", globalThis.location?.href);
    return url && /^https?:$/.test(protocol) ? found : null;
  } catch {
    return null;
  }
}
