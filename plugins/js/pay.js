// Paying: build, show, sign, send, and hear the end.
//
//   preparing ─▶ approving ─▶ signing ─▶ signed ─▶ sending ─▶ submitted ─▶ (included) ─▶ settled
//                    │                              │  ▲
//                 declined                       waiting   no connection; goes on by itself
//
// Two rules: new bytes are signed once, and only the ledger's word or a proof that nothing can land any more ends it.
// The same bytes may be sent any number of times: their id is inside the signature and the relay and the ledger both
// know it. So after a lost connection the same bytes go out again, and never new ones.

import { PaymentError, sign } from "./sign.js";

export { PaymentError };

/**
 * @typedef {import("./hedera.js").Signer | import("./eip155.js").EvmSigner} KeySigner whichever the network needs
 * @typedef {{payThrough: (server: string, ask: Omit<Ask, "signer">) => Promise<PaymentEvent>}} WalletSigner a wallet that builds, shows,
 *   signs and sends by itself
 * @typedef {KeySigner | WalletSigner} Signer
 * @typedef {{authorization: Record<string, string>, signature: string}} Authorization
 * @typedef {import("./client.js").PaymentEvent} PaymentEvent
 * @typedef {ReturnType<typeof import("./client.js").connect>} Relay
 *
 * @typedef {object} Ask
 * @property {string} network  CAIP-2
 * @property {Invoice} [invoice] what `POST /v1/invoices` answered, or `{id, secret}` of it
 * @property {{account: string, amount: string}[]} [payTo] without an invoice
 * @property {string} [asset]
 * @property {string} [memo]
 * @property {Signer} signer
 * @property {(progress: Progress) => void} [onProgress]
 * @property {string} [maxFee] tinybars
 * @property {number} [validSeconds]
 * @property {string[]} [nodes] Hedera node accounts to sign for, instead of healthy ones
 *
 * @typedef {object} Invoice
 * @property {string} id @property {string} [secret] @property {string} [network] @property {string} [asset]
 * @property {{account: string, amount: string}[]} [payTo] @property {string} [memo] @property {string | null} [contentId]
 * @property {{network: string, asset: string, payTo: any, memo: string}[]} [requirements]
 *
 * @typedef {object} Signed everything needed to go on after a reload; JSON but for the bytes of a Hedera `transaction`
 * @property {string} network @property {Uint8Array | Authorization} transaction @property {"exact"} [scheme]
 * @property {string} transactionId
 * @property {number} validUntil milliseconds, by the relay's clock
 * @property {{id: string, secret?: string, contentId?: string | null}} [invoice]
 *
 * @typedef {object} Progress
 * @property {"preparing" | "approving" | "signing" | "signed" | "sending" | "waiting" | "submitted" | "included" | "settled"} stage
 * @property {Signed} [signed] @property {PaymentEvent} [event]
 * @property {import("./hedera.js").Description | import("./eip155.js").AuthorizationDescription} [description]
 */

const RESEND_MS = 2_000;
const TOKEN_MS = 5_000; // how long a settled payment may wait for the event that carries its token
const GRACE_MS = 30_000; // after the window closed the relay needs a moment to prove that nothing landed
const TEMPORARY = new Set(["rate_limited", "overloaded", "internal"]);
// What may be said to a repetition while the first copy is on its way; then only the events tell.
const AMBIGUOUS = new Set(["invoice_paid", "invoice_expired", "transaction_expired"]);
const RANK = { accepted: 0, submitted: 1, included: 2 };

/**
 * Resolves with the `payment.settled` event; rejects with a `PaymentError`.
 * @param {Relay} relay @param {Ask} ask
 * @returns {Promise<PaymentEvent>}
 */
export async function pay(relay, ask) {
  const { network, signer, onProgress = () => {} } = ask;
  onProgress({ stage: "preparing" });
  if ("payThrough" in signer) return signer.payThrough(relay.url, ask);
  const invoice = ask.invoice && !ask.invoice.memo
    ? { ...(await relay.invoice(ask.invoice.id)), secret: ask.invoice.secret }
    : ask.invoice;
  const found = (await relay.networks()).find((known) => known.network === network);
  if (!found) throw new PaymentError("unsupported_network", `This relay does not speak ${network}.`);
  const signed = {
    network,
    ...(await sign(found, invoice, { ...ask, signer }, () => Date.now() + relay.clockOffset)),
    invoice: invoice && { id: invoice.id, secret: invoice.secret, contentId: invoice.contentId },
  };
  onProgress({ stage: "signed", signed });
  return send(relay, signed, { onProgress });
}

/**
 * Hand signed bytes to the relay, again after every lost connection, until their end is known.
 * Safe to repeat with the same `signed`.
 * @param {Relay} relay @param {Signed} signed @param {{onProgress?: (progress: Progress) => void}} [options]
 * @returns {Promise<PaymentEvent>}
 */
export function send(relay, { network, transaction, scheme, transactionId, validUntil, invoice }, { onProgress = () => {} } = {}) {
  return new Promise((resolve, reject) => {
    let sent = 0;
    let rank = -1;
    let asking = false;
    /** @type {(() => void)[]} */ const cleanups = [];
    /** @param {() => void} end */
    const finish = (end) => {
      for (const cleanup of cleanups.splice(0)) cleanup();
      end();
    };
    /** @param {number} ms @param {() => void} then */
    const later = (ms, then) => {
      const timer = setTimeout(then, ms);
      cleanups.push(() => clearTimeout(timer));
    };
    /** @param {string} code @param {string} message @param {any} [answer] */
    const fail = (code, message, answer) => finish(() => reject(new PaymentError(code, message, answer)));

    const deliver = async () => {
      if (asking || cleanups.length === 0) return;
      if (!relay.online) return onProgress({ stage: "waiting" });
      asking = true;
      sent += 1;
      if (rank < 0) onProgress({ stage: "sending" });
      try {
        const named = { ...(scheme && { scheme }), ...(invoice && { invoice: invoice.id }) };
        const answer = await relay.request("CRYPTOTRANSFER", { network, transaction, ...named });
        if (cleanups.length) learn(answer);
      } catch {
        later(RESEND_MS, deliver); // no answer: the same bytes again, once there is a connection
      } finally {
        asking = false;
      }
    };

    /** @param {any} answer the acknowledgement, or an event about this payment */
    const learn = (answer) => {
      switch (answer?.status) {
        case "settled": {
          const waitsForToken = invoice?.secret && invoice.contentId && !answer.accessToken;
          const done = () => finish(() => (onProgress({ stage: "settled", event: answer }), resolve(answer)));
          return waitsForToken ? later(TOKEN_MS, done) : done();
        }
        case "failed":
          return fail(answer.reason ?? "transfer_failed", answer.error ?? "The ledger refused the transfer.", answer);
        case "expired":
          return fail("transaction_expired", answer.error ?? "The payment's time ran out; no money moved.", answer);
        case "rejected":
          return refused(answer);
        case "accepted":
        case "submitted":
        case "included":
          if (RANK[/** @type {keyof typeof RANK} */ (answer.status)] > rank) {
            rank = RANK[/** @type {keyof typeof RANK} */ (answer.status)];
            if (answer.status !== "accepted") onProgress({ stage: answer.status, event: answer });
          }
          return;
        default:
          if (answer?.error?.code) return fail(answer.error.code, answer.error.message, answer);
          later(RESEND_MS, deliver); // not an answer this version understands
      }
    };

    /** @param {any} answer */
    const refused = (answer) => {
      if (TEMPORARY.has(answer.reason)) return later(RESEND_MS, deliver);
      if (answer.payment && !answer.transactionId) return later(RESEND_MS, deliver); // on record, its outcome not known yet
      if (sent > 1 && AMBIGUOUS.has(answer.reason) && !answer.payment) return;
      fail(answer.reason ?? "internal", answer.error ?? "The relay refused the payment.", answer);
    };

    /** @param {PaymentEvent} event */
    const hear = (event) => {
      if (event.transactionId && sameTransaction(event.transactionId, transactionId)) return learn(event);
      if (invoice && event.invoice === invoice.id && event.status === "settled") {
        fail("invoice_paid", "This invoice was paid by another transfer.");
      }
    };

    const giveUp = () =>
      sent === 0
        ? fail("not_sent", "There was no connection, so nothing was sent.")
        : fail("outcome_unknown", "The end of this payment could not be heard.");

    cleanups.push(relay.on("event", hear));
    cleanups.push(
      relay.on("state", (state) => {
        if (state === "online") deliver();
        else if (state === "closed") giveUp();
        else onProgress({ stage: "waiting" });
      }),
    );
    if (invoice?.secret) {
      const subscription = relay.subscribe({ invoice: invoice.id, secret: invoice.secret }, hear, { after: 0 });
      cleanups.push(() => subscription.close());
    }
    later(Math.max(0, validUntil - relay.clockOffset - Date.now()) + GRACE_MS, giveUp);
    deliver();
  });
}

/**
 * The 2019 form of Hedera's ids does not pad nanos, so their times are compared as numbers; addresses have two spellings.
 * @param {string} a @param {string} b
 */
function sameTransaction(a, b) {
  const parts = (/** @type {string} */ id) => {
    if (id.includes("+")) return id.toLowerCase();
    const [payer, time = ""] = id.split("@");
    return [payer, ...time.split(".").map(Number)].join();
  };
  return parts(a) === parts(b);
}
