// A payment, from a page's wish to its end. READ THIS FIRST.
//
//   wish ─ prepare ─ decide ─┬─ refuse                                   never
//                            ├─ paid: what is on record is told again    the same content, never twice
//                            ├─ ask ── window ── approve ─┐
//                            └─ pay ──────────────────────┴─ sign ─ write down ─ send ─ follow ─ tell
//
// Written down before sent: whatever may have left this machine is on disk. When the worker dies, the next one finds it
// there and sends the very same bytes again, whose id is inside the signature; nothing is signed anew while the end of
// the first is not known. Deciding and writing down happen in one turn: two pages cannot both spend the last of a limit.

import { PaymentError } from "./client/sign.js";
import { Locked } from "./vault.js";
import { contentKey, COUNTED, decide, isGood } from "./policy.js";
import { describePrepared, digestOf, doTheSame, prepare, seal } from "./prepare.js";
import { LATER, told } from "./requests.js";
import { kindOf } from "./networks.js";
import { plain } from "./text.js";
import { turns } from "./turns.js";
import { viewOf } from "./show.js";

/**
 * @typedef {import("./prepare.js").Prepared} Prepared
 * @typedef {import("./requests.js").From} From
 * @typedef {{prepared: Prepared, wish: import("./prepare.js").Wish, title: string}} Work
 * @typedef {object} Parts
 * @property {import("./vault.js").Vault} vault @property {import("./book.js").Book} book
 * @property {import("./sites.js").Sites} sites @property {import("./history.js").History} history
 * @property {import("./asks.js").Asks} asks @property {import("./follow.js").Following} following
 * @property {import("./restore.js").Restores} restores
 * @property {(key: string, answer: import("./requests.js").Answer) => Promise<void>} answer
 * @property {(tab: number | null, state: import("./icon.js").IconState) => void} paint
 */

const ENOUGH_MS = 20_000; // left of what was prepared, so that it can still be sent and executed

export class Payments {
  #parts;
  #turn = turns();

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  /**
   * What a page asks for. Resolves with the event of a payment that is settled already, else `LATER`.
   * @param {From} from @param {import("./prepare.js").Wish} wish
   * @param {{quiet?: boolean}} [options] `quiet`: null instead of a window, for what nobody clicked
   */
  async request(from, wish, { quiet = false } = {}) {
    const { book, sites, asks, vault } = this.#parts;
    if ((await sites.find(from.origin)).consent === "never") throw declined();
    const before = await this.#sameInvoice(from.origin, wish);
    if (before) return this.#again(from.key, before);
    const prepared = await prepare(wish, await book.all());
    const work = { prepared, wish, title: plain(from.title, 80) };
    await this.#renew(from.origin, prepared);
    return this.#turn(async () => {
      const decision = await this.#decide(from.origin, prepared);
      if (decision.verdict === "refuse") throw declined();
      if (decision.verdict === "paid") return this.#again(from.key, decision.payment);
      if (decision.verdict === "pay" && (await vault.isOpen())) {
        await this.#pay(from, work, true);
        return LATER;
      }
      if (quiet) return null;
      const [account, site] = [await book.find(prepared.account), await sites.find(from.origin)];
      const reasons = decision.verdict === "ask" ? decision.reasons : [];
      const view = await viewOf(prepared, { origin: from.origin, account, site, reasons, named: wish.most });
      await asks.open({ origin: from.origin, request: from.key, tab: from.tab, view, kind: "payment", work });
      return LATER;
    });
  }

  /** The event of what this site was paid for already, without asking anybody. @param {string} origin @param {import("./prepare.js").Wish} wish */
  async known(origin, { server, contentId, payTo }) {
    const content = contentKey({ origin, server, contentId, invoice: null, payTo: payTo ?? [] });
    const found = (await this.#parts.history.all()).find((payment) => payment.content === content && payment.status === "settled");
    return found?.event ?? null;
  }

  /**
   * Somebody approved the bytes of this digest. Returns a new view where what is asked has changed meanwhile: then nothing
   * was signed, and he decides again.
   * @param {import("./asks.js").Ask} ask @param {string} digest
   * @returns {Promise<{changed: import("./show.js").View} | {payment: string}>} the payment, by its id in the history
   */
  async approved(ask, digest) {
    const { asks, book, sites, answer, vault } = this.#parts;
    if (!(await vault.isOpen())) throw new Locked();
    const from = { origin: ask.origin, tab: ask.tab, key: ask.request, title: "", path: "/" };
    /** @type {Work} */ let work = ask.work;
    if (digest !== (await digestOf(work.prepared))) throw new PaymentError("changed", "What was shown is not what would be signed.");
    if (describePrepared(work.prepared).validUntil.getTime() - work.prepared.clockOffset < Date.now() + ENOUGH_MS) {
      const fresh = await prepare(work.wish, await onlyAccount(book, work.prepared.account));
      const same = doTheSame(work.prepared, fresh);
      work = { ...work, prepared: fresh };
      if (!same) {
        const [account, site] = [await book.find(fresh.account), await sites.find(ask.origin)];
        const view = await viewOf(fresh, { origin: ask.origin, account, site, reasons: [], named: work.wish.most });
        view.notices.unshift({ tone: "warn", text: "What is asked has changed. Look again." });
        await asks.change(ask.id, { work, view });
        return { changed: view };
      }
    }
    return this.#turn(async () => {
      if (!(await asks.take(ask.id))) throw new PaymentError("answered", "This was answered already.");
      try {
        const decision = await this.#decide(ask.origin, work.prepared);
        if (decision.verdict === "paid") {
          const event = await this.#again(ask.request, decision.payment);
          if (event !== LATER) await answer(ask.request, { result: event });
          return { payment: decision.payment.id };
        }
        return { payment: await this.#pay(from, work, false) };
      } catch (error) {
        await answer(ask.request, { error: told(error) });
        throw error;
      }
    });
  }

  /** @param {string} origin @param {Prepared} prepared */
  async #decide(origin, prepared) {
    const { sites, history } = this.#parts;
    const { asset, amount, payTo } = describePrepared(prepared);
    const ask = { origin, server: prepared.server, asset: `${prepared.network}/${asset}`, amount: BigInt(amount), content: contentOf(origin, prepared, payTo) };
    return decide(ask, await sites.find(origin), await history.all(), Date.now());
  }

  /** What was paid and whose token has run out gets a fresh one, if it can be had: nobody pays twice for a lapsed token. @param {string} origin @param {Prepared} prepared */
  async #renew(origin, prepared) {
    const { history, restores, vault } = this.#parts;
    const content = contentOf(origin, prepared, describePrepared(prepared).payTo);
    const lapsed = (await history.all()).find((one) => content !== null && one.content === content && one.status === "settled" && one.event?.invoice && (one.token === null || !isGood(one, Date.now())));
    if (lapsed && (await vault.isOpen())) await restores.renew(lapsed).catch(() => {}); // then the person decides
  }

  /** An invoice is one payment: asked again, its own answers, also while its server is away. @param {string} origin @param {import("./prepare.js").Wish} wish */
  async #sameInvoice(origin, { server, invoice }) {
    const same = (/** @type {import("./history.js").Payment} */ one) => one.origin === origin && one.server === server && one.signed?.invoice?.id === invoice?.id;
    return invoice && (await this.#parts.history.all()).find((one) => same(one) && COUNTED.has(one.status) && isGood(one, Date.now()));
  }

  /** The same thing again: its end is told to this request too, now or when it is known. @param {string} key @param {import("./history.js").Payment} payment */
  async #again(key, payment) {
    if (payment.status === "settled") return payment.event;
    this.#parts.following.also(key, payment.id);
    this.#parts.following.follow(payment);
    return LATER;
  }

  /** Sign, write down, send; its id. @param {From} from @param {Work} work @param {boolean} auto */
  async #pay(from, { prepared, title }, auto) {
    const { book, vault, history, following, sites } = this.#parts;
    const account = await book.find(prepared.account);
    const { asset, amount, payTo, payer, decimals, memo, transactionId } = /** @type {any} */ (describePrepared(prepared));
    const signed = await seal(prepared, account, await vault.secret(account.id));
    /** @type {import("./history.js").Payment} */
    const payment = {
      id: crypto.randomUUID(), time: Date.now(), status: "signed", origin: from.origin, title,
      server: prepared.server, content: contentOf(from.origin, prepared, payTo), network: prepared.network,
      asset: `${prepared.network}/${asset}`, amount, kind: kindOf(prepared.network, asset, decimals), payer, payTo,
      memo: memo ?? "", contentId: prepared.contentId, transactionId, signed, event: null, token: null, error: null, auto,
      request: from.key, tab: from.tab,
    };
    await history.write(payment);
    if ((await sites.find(from.origin)).server === null) await sites.change(from.origin, { server: prepared.server });
    following.follow(payment, { fresh: true });
    return payment.id;
  }
}

/** @param {string} origin @param {Prepared} prepared @param {{account: string}[]} payTo */
const contentOf = (origin, { server, contentId, invoice }, payTo) =>
  contentKey({ origin, server, contentId, invoice: invoice?.id ?? null, payTo });

/** @param {import("./book.js").Book} book @param {string} id */
const onlyAccount = async (book, id) => [await book.find(id)];

const declined = () => new PaymentError("declined", "The payment was declined.");
