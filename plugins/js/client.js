// One connection to a Relay: its state, its HTTP twin, and subscriptions that resume by themselves.
//
// Delivery is at least once, in order. A subscription keeps the `seq` of the last event it handed over, asks for
// everything after it on every new connection, and drops what it has seen. On a merchant's whole stream every event
// names the one before it (`prevSeq`), so a hole is noticed, told, and filled from the cursor.

import { io as vendoredIo } from "./vendor/socket.io.esm.min.js";
import { pay, send } from "./pay.js";

/**
 * @typedef {"connecting" | "online" | "offline" | "refused" | "closed"} State
 *
 * @typedef {object} PaymentEvent see contract.md, "One event"
 * @property {string} id @property {number} seq @property {number} prevSeq @property {string} stream
 * @property {string} type @property {string} time @property {string} payment @property {string | null} invoice
 * @property {string} status @property {string} network @property {string} transactionId @property {string} payer
 * @property {{account: string, amount: string}[]} payTo @property {string} asset @property {string} amount
 * @property {string} memo @property {string | null} contentId @property {number | null} nodePrecheckcode
 * @property {number | null} receiptStatus @property {string | null} error @property {string | null} reason
 * @property {string} [accessToken]
 *
 * @typedef {{invoice: string, secret: string} | {merchant: true, content?: string}} Target
 * @typedef {{stream: string, seq: number, replayed: number}} Subscribed
 *
 * @typedef {object} SubscribeOptions
 * @property {number} [after]  resume behind this `seq`; an invoice starts at its beginning, a merchant's stream at now
 * @property {(gap: {after: number, missed: number, lost: boolean}) => void} [onGap] events were missing behind `after`;
 *   they are asked for again, `lost` says that the relay no longer has them
 * @property {(error: {code: string, message: string}) => void} [onError] the relay refused; the subscription is over
 *
 * @typedef {object} Subscription
 * @property {number | null} cursor `seq` of the last event handed over; keep it to go on where you stopped
 * @property {Promise<Subscribed>} ready the first acknowledgement
 * @property {() => void} close
 *
 * @typedef {object} Node @property {string} address @property {string} account @property {boolean} healthy
 * @typedef {object} Network
 * @property {string} network @property {Node[]} nodes
 * @property {{asset: string, symbol: string, decimals: number, schemes?: string[], extra?: {name: string, version: string},
 *   worth?: {currency: string, rate: string}}[]} assets what it takes; `extra` is the EIP-712 domain of a token that is paid by a
 *   gasless authorization, `worth` what one whole coin is worth, to show beside an amount
 */

const ACK_MS = 10_000; // an answer takes milliseconds; past this the connection is not one
const RECONNECT_MS = 500;
const RECONNECT_MAX_MS = 3_000; // people are watching
const SEEN = 1_000; // ids remembered per subscription, many times what one replay overlaps
const TEMPORARY = new Set(["rate_limited", "overloaded", "internal"]);

/** A request over HTTP or the socket that the relay refused, or that got no answer (`code` is then `offline`). */
export class RelayError extends Error {
  name = "RelayError";
  /** @param {string} code @param {string} message @param {number} [status] */
  constructor(code, message, status) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/**
 * Open a connection. It keeps itself open until `close()`.
 * @param {string} url of the relay
 * @param {object} [options]
 * @param {string} [options.apiKey] a merchant's server key; never put one into a page
 * @param {typeof vendoredIo} [options.io] of the npm package socket.io-client, needed outside a browser
 */
export function connect(url, { apiKey, io = vendoredIo } = {}) {
  return new Relay(url, apiKey, io);
}

class Relay {
  /** @type {State} */ state = "connecting";
  /** Milliseconds to add to this machine's clock to get the relay's; known after `networks()`. */
  clockOffset = 0;
  /** @type {Map<string, Set<(value: any) => void>>} */ #listeners = new Map();
  /** @type {Set<Follower>} */ #followers = new Set();
  #socket;
  #url;
  #apiKey;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #retry;

  /** @param {string} url @param {string | undefined} apiKey @param {typeof vendoredIo} io */
  constructor(url, apiKey, io) {
    this.#url = url;
    this.#apiKey = apiKey;
    this.#socket = io(new URL(url).origin, {
      auth: apiKey ? { apiKey } : {},
      transports: ["websocket", "polling"], // websocket first: it needs no sticky sessions behind a balancer
      tryAllTransports: true,
      reconnectionDelay: RECONNECT_MS,
      reconnectionDelayMax: RECONNECT_MAX_MS,
      forceNew: true,
    });
    this.#socket.on("connect", () => {
      this.#is("online");
      for (const follower of this.#followers) follower.resume();
    });
    this.#socket.on("disconnect", (/** @type {string} */ reason) => {
      if (this.state === "closed") return;
      this.#is("offline");
      // The library gives up when the server ends the connection (a drain, a slow reader dropped); we come back.
      if (reason === "io server disconnect") this.#comeBack();
    });
    this.#socket.on("connect_error", (/** @type {Error} */ error) => {
      if (error.message === "unauthorized") return this.#is("refused");
      this.#is("offline");
      if (!this.#socket.active) this.#comeBack(); // refused for now: too many connections, a start, a drain
    });
    this.#socket.on("CRYPTOTRANSFER_RESPONSE", (/** @type {any} */ event) => {
      if (event === null || typeof event !== "object") return;
      this.#tell("event", event);
      for (const follower of [...this.#followers]) follower.take(event);
    });
    this.#socket.on("NETWORK_STATUS", (/** @type {any} */ news) => this.#tell("network", news));
  }

  /** Whether the connection stands right now. */
  get online() {
    return this.#socket.connected;
  }

  /**
   * Hear of `state` (a `State`), `event` (everything the relay tells this socket) or `network` (node health).
   * @param {"state" | "event" | "network"} name
   * @param {(value: any) => void} listener
   * @returns {() => void} stops it
   */
  on(name, listener) {
    if (!this.#listeners.has(name)) this.#listeners.set(name, new Set());
    this.#listeners.get(name)?.add(listener);
    return () => void this.#listeners.get(name)?.delete(listener);
  }

  /**
   * Follow an invoice (with its secret) or, with an API key, the merchant's stream.
   * @param {Target} target
   * @param {(event: PaymentEvent) => void} onEvent
   * @param {SubscribeOptions} [options]
   * @returns {Subscription}
   */
  subscribe(target, onEvent, options = {}) {
    const follower = new Follower(this, target, onEvent, options, () => {
      this.#followers.delete(follower);
      const same = [...this.#followers].some((other) => other.key === follower.key);
      if (this.online && !same) this.#socket.emit("UNSUBSCRIBE", target);
    });
    this.#followers.add(follower);
    if (this.online) follower.resume();
    return follower;
  }

  /**
   * Emit and wait for the acknowledgement. Rejects with `offline` when none came, as after a disconnect.
   * @param {string} name @param {unknown} argument
   * @returns {Promise<any>}
   */
  request(name, argument) {
    return new Promise((resolve, reject) => {
      this.ask(name, argument, (answer, error) => (error ? reject(error) : resolve(answer)));
    });
  }

  /**
   * `request` that calls back in the order of arrival: a promise would let events behind the answer overtake it.
   * @param {string} name @param {unknown} argument @param {(answer: any, error?: RelayError) => void} then
   */
  ask(name, argument, then) {
    if (!this.online) return then(null, new RelayError("offline", "There is no connection to the relay."));
    this.#socket.timeout(ACK_MS).emit(name, argument, (/** @type {Error | null} */ error, /** @type {any} */ answer) =>
      error ? then(null, new RelayError("offline", "The connection was lost before the relay answered.")) : then(answer),
    );
  }

  /** Where it is. */
  get url() {
    return new URL(this.#url).origin;
  }

  /** Build, show, sign, send and await a payment. @param {import("./pay.js").Ask} ask */
  pay(ask) {
    return pay(this, ask);
  }

  /**
   * Send what is already signed and await its end; goes on with a payment that a reload interrupted.
   * @param {import("./pay.js").Signed} signed @param {{onProgress?: (progress: import("./pay.js").Progress) => void}} [options]
   */
  send(signed, options) {
    return send(this, signed, options);
  }

  /** The chains this relay speaks, their nodes and assets. @returns {Promise<Network[]>} */
  async networks() {
    const asked = Date.now();
    const { data, time } = await this.#get("/v1/networks");
    if (time) this.clockOffset = Date.parse(time) - (asked + Date.now()) / 2;
    return data;
  }

  /** What an invoice asks, as anyone who has its link may see it. @param {string} id */
  invoice(id) {
    return this.#get(`/v1/invoices/${encodeURIComponent(id)}`);
  }

  /** HBAR an account holds, in tinybars. @param {string} network @param {string} accountId @returns {Promise<bigint>} */
  async balance(network, accountId) {
    const answer = await this.request("CRYPTOGETACCOUNTBALANCE", { network, accountId });
    if (answer?.nodePrecheckcode !== 0) {
      throw new RelayError(answer?.reason ?? "node_refused", answer?.error ?? "The node did not tell the balance.");
    }
    return BigInt(answer.balance);
  }

  close() {
    clearTimeout(this.#retry);
    for (const follower of [...this.#followers]) follower.close();
    this.#is("closed");
    this.#socket.disconnect();
  }

  /** @param {string} path */
  async #get(path) {
    let response;
    try {
      const headers = this.#apiKey ? { authorization: `Bearer ${this.#apiKey}` } : undefined;
      response = await fetch(new URL(path, this.#url), { headers, cache: "no-store" });
    } catch {
      throw new RelayError("offline", "The relay cannot be reached.");
    }
    const answer = await response.json().catch(() => ({}));
    if (response.ok) return answer;
    throw new RelayError(answer.code ?? "internal", answer.detail ?? answer.title ?? response.statusText, response.status);
  }

  /** @param {State} state */
  #is(state) {
    if (this.state === state) return;
    this.state = state;
    this.#tell("state", state);
  }

  /** @param {string} name @param {unknown} value */
  #tell(name, value) {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) listener(value);
  }

  #comeBack() {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.state !== "closed" && this.#socket.connect(), RECONNECT_MAX_MS * (0.5 + Math.random() / 2));
  }
}

/** @implements {Subscription} */
class Follower {
  /** @type {number | null} */ cursor;
  /** @type {Promise<Subscribed>} */ ready;
  #relay;
  #target;
  #onEvent;
  #options;
  #leave;
  #whole; // a merchant's whole stream: every event on it is ours, so a hole can be seen
  #asking = false;
  #open = true;
  #floor; // where we came in
  /** @type {PaymentEvent[]} */ #held = []; // out of turn, until the replay under way is through
  /** @type {Set<string>} */ #seen = new Set();
  /** @type {(value: Subscribed) => void} */ #isReady = () => {};
  /** @type {(error: Error) => void} */ #isRefused = () => {};

  /**
   * @param {Relay} relay @param {Target} target @param {(event: PaymentEvent) => void} onEvent
   * @param {SubscribeOptions} options @param {() => void} leave
   */
  constructor(relay, target, onEvent, options, leave) {
    this.#relay = relay;
    this.#target = target;
    this.#onEvent = onEvent;
    this.#options = options;
    this.#leave = leave;
    this.#whole = "merchant" in target && target.content === undefined;
    this.cursor = options.after ?? ("invoice" in target ? 0 : null);
    this.#floor = this.cursor ?? 0;
    this.ready = new Promise((resolve, reject) => {
      this.#isReady = resolve;
      this.#isRefused = reject;
    });
    this.ready.catch(() => {}); // whoever does not await it is told by onError
  }

  get key() {
    return JSON.stringify(this.#target);
  }

  /** Ask for everything behind the cursor, then live. */
  resume() {
    if (this.#asking || !this.#open) return;
    this.#asking = true;
    const after = this.cursor === null ? {} : { after: this.cursor };
    this.#relay.ask("SUBSCRIBE", { ...this.#target, ...after }, (/** @type {any} */ answer, error) => {
      this.#asking = false;
      if (!this.#open) return;
      if (error) return this.#failed(error);
      if (answer?.error) return this.#failed(new RelayError(answer.error.code, answer.error.message));
      if (this.cursor === null) this.cursor = this.#floor = answer.seq; // this is where we came in
      this.#isReady(answer);
      this.#release();
    });
  }

  /** @param {RelayError} error */
  #failed(error) {
    if (error.code === "offline" || TEMPORARY.has(error.code)) {
      // A lost connection resumes when it is back; a temporary refusal is asked again.
      setTimeout(() => this.#relay.online && this.resume(), RECONNECT_MAX_MS);
      return;
    }
    this.close();
    this.#isRefused(error);
    this.#options.onError?.({ code: error.code, message: error.message });
  }

  /** @param {PaymentEvent} event */
  take(event) {
    if (!this.#open || !this.#ours(event)) return;
    if (this.cursor === null) return void this.#held.push(event); // whether it is before our time, the answer tells
    if (this.#isOld(event)) return;
    if (!this.#whole || event.prevSeq <= this.cursor) return this.#hand(event);
    this.#held.push(event);
    if (this.#asking) return; // the replay under way may bring what is missing
    this.#options.onGap?.({ after: this.cursor, missed: event.prevSeq - this.cursor, lost: false });
    this.resume();
  }

  /** The replay is through: hand over what came out of turn, and step over what the relay no longer has. */
  #release() {
    for (const event of this.#held.splice(0).sort((a, b) => a.seq - b.seq)) {
      const cursor = /** @type {number} */ (this.cursor);
      if (this.#isOld(event)) continue;
      if (this.#whole && event.prevSeq > cursor) {
        this.#options.onGap?.({ after: cursor, missed: event.prevSeq - cursor, lost: true });
      }
      this.#hand(event);
    }
  }

  /** @param {PaymentEvent} event */
  #hand(event) {
    this.#seen.add(event.id);
    if (this.#seen.size > SEEN) this.#seen.delete(/** @type {string} */ (this.#seen.values().next().value));
    this.cursor = Math.max(/** @type {number} */ (this.cursor), event.seq);
    this.#onEvent(event);
  }

  /**
   * Seen, or before our time (another subscription of this socket replays it). Parts of a stream are told apart by id:
   * a payer's own socket may bring the last event of an invoice before the replay brings the first.
   * @param {PaymentEvent} event
   */
  #isOld(event) {
    const before = this.#whole ? /** @type {number} */ (this.cursor) : this.#floor;
    return event.seq <= before || this.#seen.has(event.id);
  }

  /** @param {PaymentEvent} event */
  #ours(event) {
    if (typeof event.id !== "string" || typeof event.seq !== "number") return false; // an answer, not news
    if ("invoice" in this.#target) return event.invoice === this.#target.invoice;
    return this.#target.content === undefined || event.contentId === this.#target.content;
  }

  close() {
    if (!this.#open) return;
    this.#open = false;
    this.#leave();
  }
}
