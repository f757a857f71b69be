// <hedera-micropayment>: the tag of 2019, served without its extension by any wallet that speaks `relay_pay`.
//
// The page itself says what it costs, so nothing is handed out here: a site asks its payment server (webhook, /check)
// what was paid. Nothing is paid silently, and nothing twice: the reader presses the button, the wallet shows the amount. A tag
// of type `maximum` or `402` lets him agree to the most a page costs: up to that, pages ask his wallet without the button.

import { connect } from "../client.js";
import { discoverRelayWallets } from "../wallets.js";
import { Card } from "./card.js";
import { HBAR_KIND, showUnits } from "./money.js";
import { reason, speaker } from "./messages.js";
import { codeOf, relayPayer } from "./payers.js";
import { readTag } from "./tag-2019.js";

/** @typedef {import("./payers.js").Payer} Payer */
/** @typedef {import("./card.js").Action} Action */

const REDIRECT_MS = 4_000; // as in 2019: time to read why
const NO_ACCOUNT_MS = 6_000;
const WALLETS_MS = 300; // in which wallets announce themselves: of several, the reader chooses
const OLD_MS = 24 * 60 * 60 * 1000; // a price that is older is said to be
const HBAR = "0.0.0";

export class HederaMicropayment extends (globalThis.HTMLElement ?? Object) {
  /** @type {Card | null} */ #card = null;
  /** @type {import("./tag-2019.js").Tag | null} */ #tag = null;
  /** @type {Payer[]} */ #payers = [];
  /** @type {(() => void)[]} */ #ends = [];
  /** @type {"asks" | "paying" | "paid"} */ #state = "asks";
  #stage = "";
  /** @type {string | null} */ #problem = null;
  /** @type {ReturnType<typeof setTimeout> | null} */ #leaving = null;

  connectedCallback() {
    if (document.querySelector("hedera-micropayment") !== this) return; // only the first on a page counts
    this.#card ??= new Card(this);
    this.#tag = readTag(this.dataset);
    const tag = this.#tag;
    if (tag) {
      if (localStorage.getItem(this.#key(tag))) this.#state = "paid";
      const most = () => (this.#agreed(tag) ? String(this.#agreed(tag)) : undefined);
      const ask = () => ({ server: tag.server, payTo: tag.payTo, memo: tag.memo, contentId: tag.contentId || undefined, node: tag.node, most: most() });
      const stop = discoverRelayWallets(async (wallet) => {
        try {
          const payer = await relayPayer(wallet, ask);
          const networks = payer.networks.filter((network) => network.startsWith("hedera:"));
          const isNamed = [wallet.info.rdns, wallet.info.uuid].includes(this.dataset.extensionid ?? "-");
          this.#payers[isNamed ? "unshift" : "push"]({ ...payer, networks });
          if (this.#payers.length === 1) setTimeout(() => this.#askUnbidden(tag), WALLETS_MS);
          if (!networks.length && tag.type === "charge") this.#leave(tag.redirect.noAccount, NO_ACCOUNT_MS, "no_account");
          this.#render();
        } catch {
          // it does not say where it can pay: then it cannot
        }
      });
      this.#ends.push(stop);
    }
    this.#render();
  }

  disconnectedCallback() {
    this.#stay();
    for (const end of this.#ends.splice(0)) end();
    this.#payers = [];
  }

  /** One payment of one content is remembered, so that a reload does not ask again. @param {import("./tag-2019.js").Tag} tag */
  #key(tag) {
    return `relay:2019:${tag.server}:${tag.contentId || location.pathname}:${tag.payTo.map(({ account, amount }) => `${account}=${amount}`).join()}`;
  }

  /** What the reader agreed that a page of this site may cost, in tinybars; 0n: nothing. @param {import("./tag-2019.js").Tag} tag */
  #agreed({ server }) {
    return BigInt(/^\d{1,19}$/.exec(localStorage.getItem(`relay:2019:agreed:${server}`) ?? "")?.[0] ?? 0);
  }

  /** @param {import("./tag-2019.js").Tag} tag @param {boolean} yes */
  #agree({ server, total, type, redirect }, yes) {
    const key = `relay:2019:agreed:${server}`;
    if (yes) localStorage.setItem(key, String(total));
    else localStorage.removeItem(key);
    if (yes && type === "402") this.#leave(redirect.homePage, REDIRECT_MS);
    this.#render();
  }

  /** Within what was agreed the wallet is asked at once, if there is one to ask. @param {import("./tag-2019.js").Tag} tag */
  #askUnbidden(tag) {
    const [payer, ...others] = this.#able;
    if (tag.type === "charge" && this.#state === "asks" && !this.#problem && payer && !others.length && tag.total <= this.#agreed(tag)) void this.#pay(payer);
  }

  get #able() {
    return this.#payers.filter(({ networks }) => networks.length);
  }

  /** @param {Payer} payer */
  async #pay(payer) {
    const tag = /** @type {import("./tag-2019.js").Tag} */ (this.#tag);
    this.#stay();
    this.#set("paying", null, "preparing");
    try {
      const network = await this.#network(tag.server, payer);
      this.#set("paying", null, "approving");
      const way = { network, asset: HBAR, amount: String(tag.total), ...HBAR_KIND, gasless: false };
      const event = await payer.pay(way, ({ stage }) => this.#set("paying", null, stage));
      localStorage.setItem(this.#key(tag), event.transactionId ?? "1");
      this.#set("paid", null, "");
      this.dispatchEvent(new CustomEvent("paid", { bubbles: true, composed: true, detail: event }));
      window.postMessage({ type: "micro-payment-success", res: event }, location.origin); // what pages of the time listen for
      if (location.pathname === tag.redirect.nonPayingAccount) this.#leave(tag.redirect.homePage, REDIRECT_MS);
    } catch (error) {
      const code = codeOf(error);
      this.#set("asks", code, "");
      window.postMessage({ type: "micro-payment-deny", res: { code } }, location.origin);
      if (code === "declined") this.#agree(tag, false); // nobody is asked again and again
      if (code === "declined") this.#leave(tag.redirect.nonPayingAccount, REDIRECT_MS);
      if (code === "no_account") this.#leave(tag.redirect.noAccount, NO_ACCOUNT_MS);
    }
  }

  /** A tag names no network: the payment server's, as far as the wallet has it. @param {string} server @param {Payer} payer */
  async #network(server, payer) {
    const relay = connect(server);
    try {
      const found = (await relay.networks()).find(({ network }) => payer.networks.includes(network));
      if (!found) throw Object.assign(new Error("no account"), { code: "no_account" });
      return found.network;
    } finally {
      relay.close();
    }
  }

  /** A path on this site, never where the reader is already; he may stay. @param {string} path @param {number} wait @param {string} [problem] */
  #leave(path, wait, problem) {
    if (problem) this.#problem = problem;
    const url = new URL(path, location.origin);
    if (url.origin !== location.origin || url.pathname === location.pathname || this.#leaving) return;
    if (!this.dispatchEvent(new CustomEvent("relay:redirect", { bubbles: true, composed: true, cancelable: true, detail: { url: url.href } }))) return;
    this.#leaving = setTimeout(() => location.assign(url), wait);
    this.#render();
  }

  #stay() {
    if (this.#leaving) clearTimeout(this.#leaving);
    this.#leaving = null;
  }

  /** @param {"asks" | "paying" | "paid"} state @param {string | null} problem @param {string} stage */
  #set(state, problem, stage) {
    this.#state = state;
    this.#problem = problem;
    this.#stage = stage;
    this.#render();
  }

  #render() {
    const card = this.#card;
    if (!card) return;
    const language = this.closest("[lang]")?.getAttribute("lang") || navigator.language || "en";
    const say = speaker(language);
    const tag = this.#tag;
    if (!tag) return card.show({ state: "invalid", tone: "bad", title: say("tagTitle"), status: say("invalid"), actions: [] });
    const price = showUnits(tag.total, HBAR_KIND, language);
    const stay = { id: "stay", text: say("stay"), act: () => (this.#stay(), this.#render()) };
    const leaving = this.#leaving ? say("leaving") : undefined;
    const agreed = this.#agreed(tag);
    if (tag.type !== "charge" && this.#able.length) {
      const choice = agreed >= tag.total
        ? { id: "disagree", text: say("disagree"), act: () => this.#agree(tag, false) }
        : { id: "agree", text: say("agree"), note: say("agreeNote", { price }), act: () => this.#agree(tag, true) };
      const status = agreed >= tag.total ? say("agreed", { price: showUnits(agreed, HBAR_KIND, language) }) : say("eachTime");
      return card.show({ state: tag.type, tone: "plain", title: say(tag.type === "maximum" ? "maximum" : "enable", { price }), status, notice: leaving, actions: leaving ? [stay, choice] : [choice] });
    }
    if (tag.type !== "charge") return card.show({ state: tag.type, tone: "plain", brief: true, title: say(tag.type === "maximum" ? "maximum" : "enable", { price }), actions: [] });
    if (this.#state === "paid") {
      return card.show({ state: "paid", tone: "good", brief: !leaving, title: say("paid"), status: say("paidNote"), notice: leaving, actions: leaving ? [stay] : [] });
    }
    const date = tag.time && Date.now() - tag.time > OLD_MS ? new Date(tag.time).toLocaleDateString(language, { dateStyle: "medium" }) : null;
    const facts = { title: say("tagTitle"), price, fine: `${date ? `${say("since", { date })} ` : ""}${say("fine")}`, notice: leaving };
    if (this.#state === "paying") return card.show({ ...facts, state: "paying", tone: "wait", status: say(this.#stage) || say("preparing"), actions: [] });
    const able = this.#able;
    const first = this.#problem ? say("again") : say("pay", { price });
    /** @type {Action[]} */
    const actions = able.map((payer, at) => ({
      id: `pay-${at}`, primary: at === 0, icon: payer.info.icon, act: () => void this.#pay(payer),
      text: able.length > 1 ? say("payWith", { price, wallet: payer.info.name }) : first,
    }));
    const trouble = this.#problem ? reason(say, this.#problem) : able.length ? "" : say("noWallet");
    card.show({ ...facts, state: "asks", tone: this.#problem && this.#problem !== "declined" ? "bad" : "plain", status: trouble, actions: leaving ? [...actions, stay] : actions });
  }
}
