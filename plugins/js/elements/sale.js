// One sale on a page: from locked to open. Logic only; card.js shows it.
//
//   checking ─▶ locked ─▶ preparing ─▶ choosing ─▶ paying ─▶ opening ─▶ open
//                 ▲                        │          │          │
//                 └────────────────────────┴──────────┴──────────┘  problem: said beside "try again"
//
// The relay's word opens, never the wallet's: the page follows its invoice by the invoice's secret, so that it opens
// whoever paid and wherever, also when the payment was made on a phone or before a reload.

import { connect } from "../client.js";
import { decimal, isSame } from "./money.js";
import { codeOf, pays } from "./payers.js";
import { fetchContent, fetchInvoice, Shelf } from "./site.js";

/**
 * @typedef {"checking" | "locked" | "preparing" | "choosing" | "paying" | "opening" | "open"} State
 * @typedef {object} Terms
 * @property {string} relay @property {string} content @property {string} contentUrl
 * @property {string | null} [invoiceUrl] @property {string | null} [listing] @property {string | null} [key]
 * @property {string | null} [freeUrl] @property {string | null} [price] a label; @property {string | null} [merchant]
 *
 * @typedef {import("./payers.js").Way} Way
 * @typedef {import("./payers.js").Payer} Payer
 * @typedef {{payer: Payer, way: Way}} Choice
 */

const OPEN_AGAIN_MS = 3_000; // until a final payment is known to the site too
const OPEN_TRIES = 4;
const SPENT_MS = 60_000; // an invoice that ends sooner is not taken up again

export class Sale {
  /** @type {State} */ state = "checking";
  /** @type {string | null} code of what went wrong last */ problem = null;
  /** @type {string} how far a payment is */ stage = "";
  /** Whether what was tried last was to get access back, which is no purchase. */ restoring = false;
  expired = false;
  online = true;
  freeLeft = 0;
  /** @type {any} */ invoice = null;
  /** @type {import("../client.js").Network[]} */ networks = [];
  /** @type {Payer[]} */ payers = [];
  /** @type {{html?: string, blob?: Blob} | null} */ content = null;
  /** @type {string | undefined} */ token;
  #terms;
  #shelf;
  #onChange;
  #io;
  #relay = /** @type {ReturnType<typeof connect> | null} */ (null);
  #subscription = /** @type {{close: () => void} | null} */ (null);

  /** @param {Terms} terms @param {() => void} onChange @param {{io?: any}} [options] */
  constructor(terms, onChange, { io } = {}) {
    this.#terms = terms;
    this.#onChange = onChange;
    this.#io = io;
    this.#shelf = new Shelf(terms.relay, terms.content);
  }

  /** Look whether this is open to the reader already: by token, by the site's own memory, by a payment under way. */
  async start() {
    const { token, invoice, paying } = this.#shelf.read();
    this.token = token;
    const found = await fetchContent(this.#terms.contentUrl, { token });
    if (found.ok) return this.#opened(found);
    this.freeLeft = found.freeLeft;
    if (found.code === "expired") {
      this.#shelf.write({ token: undefined });
      this.token = undefined;
      this.expired = true;
    }
    const live = invoice && (paying || Date.parse(invoice.expiresAt ?? "") > Date.now() + SPENT_MS);
    if (live && invoice.secret && !this.expired) this.#follow(invoice);
    if (live && paying && !this.expired) return this.#take(invoice.id);
    this.#is("locked", found.code === "content" || found.code === "offline" ? found.code : null);
  }

  /** The reader wants it: an invoice, and the ways to pay it. */
  async begin() {
    this.restoring = false;
    this.#is("preparing", null);
    try {
      this.invoice = await fetchInvoice(this.#terms);
      this.#shelf.write({ invoice: { id: this.invoice.id, secret: this.invoice.secret, expiresAt: this.invoice.expiresAt }, paying: false });
      const relay = this.#follow(this.invoice);
      this.networks = await relay.networks();
    } catch (error) {
      return this.#is("locked", codeOf(error));
    }
    const [only, ...others] = this.choices();
    if (only && !others.length && this.#isAsLabelled(only.way)) return this.pay(only);
    this.#is("choosing");
  }

  /** The connection, once there is an invoice. */
  get relay() {
    return (this.#relay ??= this.#connect());
  }

  /** Every wallet here, with each way of the invoice that it can pay. @returns {Choice[]} */
  choices() {
    return this.payers.flatMap((payer) =>
      this.ways()
        .filter(({ network, gasless }) => pays(payer, network) && (gasless || !payer.networks.includes("eip155:*") || !network.startsWith("eip155:")))
        .map((way) => ({ payer, way })),
    );
  }

  /** One way per network and asset. */
  ways() {
    const found = new Map();
    for (const each of this.invoice?.requirements ?? []) {
      const kind = this.networks.find(({ network }) => network === each.network)?.assets.find(({ asset }) => asset.toLowerCase() === each.asset.toLowerCase());
      const { symbol = each.asset, decimals = 0, schemes = [], worth } = kind ?? {};
      const way = { network: each.network, asset: each.asset, amount: String(each.amount), symbol, decimals, gasless: schemes.includes("exact"), worth };
      found.set(`${each.network} ${each.asset}`, way);
    }
    return [...found.values()];
  }

  /** @param {Choice} choice */
  async pay({ payer, way }) {
    this.stage = "approving";
    this.#is("paying", null);
    try {
      const event = await payer.pay(way, ({ stage }) => {
        if (stage === "submitted" || stage === "sending") this.#shelf.write({ paying: true, network: way.network });
        if (this.state === "paying" && stage !== "signed" && stage !== "settled") this.#at(stage);
      });
      if (event?.accessToken) return await this.#unlock(event.accessToken);
    } catch (error) {
      if (this.state !== "paying") return; // the relay told more meanwhile
      const code = codeOf(error);
      if (code !== "outcome_unknown") this.#shelf.write({ paying: false });
      this.#is("choosing", code);
    }
  }

  /** A free article of the site's. */
  async free() {
    this.#is("opening", null);
    const found = await fetchContent(/** @type {string} */ (this.#terms.freeUrl), { method: "POST" });
    if (found.ok) return this.#opened(found);
    this.freeLeft = found.freeLeft;
    this.#is("locked", found.code === "locked" ? null : found.code);
  }

  /** Whoever paid before, on this device or another, gets a fresh token by signature. @param {Payer} payer */
  async restore(payer) {
    const back = this.state;
    this.restoring = true;
    this.stage = "approving";
    this.#is("paying", null);
    const { relay: server, merchant, content: contentId } = this.#terms;
    const { invoice, network } = this.#shelf.read();
    const paidOn = network && pays(payer, network) ? network : payer.networks[0];
    try {
      const { accessToken } = await payer.restore({ server, network: paidOn, ...(merchant ? { merchant, contentId } : { invoice: invoice?.id }) });
      await this.#unlock(accessToken);
    } catch (error) {
      this.#is(back, codeOf(error));
    }
  }

  /** Whether restoring could work: the relay has to be told what was bought. */
  get restorable() {
    return Boolean(this.#terms.merchant || (this.expired && this.#shelf.read().invoice));
  }

  back() {
    this.#is("locked", null);
  }

  /** After a problem: the same again, from where it makes sense. */
  async again() {
    if (this.problem === "content" || this.problem === "offline") return this.token ? this.#unlock(this.token) : this.#restart();
    if (this.problem === "outcome_unknown" && this.invoice) return this.#take(this.invoice.id);
    return this.begin();
  }

  stop() {
    this.#subscription?.close();
    this.#relay?.close();
    this.#relay = this.#subscription = null;
  }

  async #restart() {
    this.#is("checking", null);
    await this.start();
  }

  /** @param {{id: string, secret?: string}} invoice */
  #follow(invoice) {
    const { relay } = this;
    this.#subscription?.close();
    if (invoice.secret) this.#subscription = relay.subscribe({ invoice: invoice.id, secret: invoice.secret }, (event) => this.#hear(event));
    return relay;
  }

  #connect() {
    const relay = connect(this.#terms.relay, this.#io && { io: this.#io });
    relay.on("state", (state) => {
      this.online = state === "online" || state === "connecting";
      if (this.state !== "open") this.#onChange();
    });
    return relay;
  }

  /** @param {import("../client.js").PaymentEvent} event */
  #hear(event) {
    if (this.state === "open" || this.state === "opening") return;
    if (event.type === "payment.settled" && event.accessToken) return void this.#unlock(event.accessToken);
    if (["payment.submitted", "payment.included"].includes(event.type)) {
      this.#shelf.write({ paying: true });
      this.stage = "submitted";
      return this.#is("paying", null);
    }
    if (event.type === "invoice.expired" && this.state === "choosing") return this.#is("locked", "invoice_expired");
    if (["payment.failed", "payment.rejected", "payment.expired"].includes(event.type) && this.state === "paying") {
      this.#shelf.write({ paying: false });
      const ends = /** @type {Record<string, string>} */ ({ failed: "transfer_failed", expired: "transaction_expired" });
      this.#is("choosing", ends[event.status] ?? event.reason ?? "node_refused");
    }
  }

  /** A payment that was under way when the page was left. @param {string} id */
  async #take(id) {
    this.stage = "submitted";
    this.#is("paying", null);
    try {
      this.invoice = { ...(await this.relay.invoice(id)), secret: this.#shelf.read().invoice?.secret };
      this.networks = await this.relay.networks();
    } catch {
      return; // the connection's own words say so, and its return brings the end
    }
    if (this.invoice.status === "processing" || this.invoice.status === "settled") return;
    this.#shelf.write({ paying: false });
    if (this.state === "paying") this.#is("locked", null);
  }

  /** @param {string} token */
  async #unlock(token) {
    if (this.state === "open" || (this.state === "opening" && this.token === token)) return;
    this.token = token;
    this.#shelf.write({ token, paying: false });
    this.#is("opening", null);
    for (let left = OPEN_TRIES; left > 0; left--) {
      const found = await fetchContent(this.#terms.contentUrl, { token });
      if (found.ok) return this.#opened(found);
      if (found.code === "expired") {
        this.#shelf.write({ token: undefined });
        this.expired = true;
        return this.#is("locked", null);
      }
      if (left > 1) await new Promise((resolve) => setTimeout(resolve, OPEN_AGAIN_MS));
    }
    this.#is("locked", "content");
  }

  /** @param {{html?: string, blob?: Blob}} content */
  #opened({ html, blob }) {
    this.content = { html, blob };
    this.expired = false;
    this.#is("open", null);
    this.stop();
  }

  /** What the page said it costs is what is asked now. @param {Way} way */
  #isAsLabelled(way) {
    const label = this.#terms.price ?? "";
    const { price } = this.invoice;
    return (price && isSame(label, price.amount, price.currency)) || isSame(label, decimal(way.amount, way.decimals), way.symbol);
  }

  /** @param {string} stage */
  #at(stage) {
    this.stage = stage;
    this.#onChange();
  }

  /** @param {State} state @param {string | null} [problem] */
  #is(state, problem) {
    this.state = state;
    if (problem !== undefined) this.problem = problem;
    this.#onChange();
  }
}
