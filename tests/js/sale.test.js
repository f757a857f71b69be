// One sale on a page, from locked to open, over a site and a relay that say what they are told to.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { afterEach, beforeEach, test } from "node:test";
import { io } from "socket.io-client";

import { Sale } from "../../plugins/js/elements/sale.js";
import { FakeRelay, until } from "./relay.js";

const INVOICE = { id: "inv_1", secret: "s", contentId: "post-1", status: "created", expiresAt: "2999-01-01T00:00:00Z", requirements: [{ network: "hedera:devnet", asset: "0.0.0", amount: "70000000" }] };
let relay, site, terms, sale, answers;
const kept = new Map();
globalThis.localStorage = /** @type {any} */ ({ getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) });

beforeEach(async () => {
  kept.clear();
  relay = await FakeRelay.start();
  relay.invoices.inv_1 = INVOICE;
  answers = { good: "token", asked: [], invoice: INVOICE };
  site = createServer((request, response) => {
    answers.asked.push(request.url.slice(1));
    const say = (status, body) => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    if (request.url === "/invoice") return say(200, answers.invoice);
    const token = request.headers.authorization?.replace("Bearer ", "");
    if (answers.down) return say(500, {});
    return token === answers.good ? say(200, { html: "the rest" }) : say(token ? 401 : 402, {});
  });
  await new Promise((listening) => site.listen(0, "127.0.0.1", listening));
  const home = `http://127.0.0.1:${site.address().port}`;
  terms = { relay: relay.url, content: "post-1", contentUrl: `${home}/content`, invoiceUrl: `${home}/invoice`, price: "0.7 ℏ", merchant: "shop" };
});
afterEach(async () => {
  sale?.stop();
  site.close();
  await relay.stop();
});

const begun = async () => {
  sale = new Sale(terms, () => {}, { io });
  await sale.start();
  return sale;
};
const shelf = () => JSON.parse(kept.get(`relay:${relay.url}:post-1`) ?? "{}");
const wallet = (pay = async () => ({ accessToken: "token" }), networks = ["hedera:devnet"]) => {
  const payer = { info: { uuid: "1", name: "Mine", icon: "" }, networks, paid: [], restored: [], pay: async (way, onProgress) => (payer.paid.push(way), pay(way, onProgress)) };
  payer.restore = async (what) => (payer.restored.push(what), { accessToken: "token" });
  sale.payers.push(payer);
  return payer;
};
const fails = (code) => async (_, onProgress) => {
  onProgress({ stage: "sending" });
  throw Object.assign(new Error(code), { code });
};

test("it is locked until it is paid, opens on the token, and is open again after a reload", async () => {
  await begun();
  assert.equal(sale.state, "locked");
  wallet();
  await sale.begin();
  assert.deepEqual([sale.state, sale.content], ["open", { html: "the rest", blob: undefined }]);
  answers.asked = [];
  await begun();
  assert.deepEqual([sale.state, answers.asked], ["open", ["content"]], "nothing is asked for twice");
});

test("one wallet and the price of the label: its window comes at once; another price is shown first", async () => {
  await begun();
  const payer = wallet();
  answers.invoice = { ...INVOICE, requirements: [{ ...INVOICE.requirements[0], amount: "70000001" }] };
  await sale.begin();
  assert.deepEqual([sale.state, payer.paid], ["choosing", []]);
  await sale.pay(sale.choices()[0]);
  assert.equal(payer.paid[0].amount, "70000001");
});

test("whoever pays, the relay's word opens", async () => {
  await begun();
  await sale.begin();
  assert.equal(sale.state, "choosing");
  await until(() => relay.count("SUBSCRIBE"));
  relay.tell({ status: "submitted", type: "payment.submitted" });
  await until(() => sale.state === "paying");
  relay.tell({ accessToken: "token" });
  await until(() => sale.state === "open");
});

test("an end that nobody heard offers no second payment: the invoice is asked how it stands", async () => {
  await begun();
  const payer = wallet(fails("outcome_unknown"));
  await sale.begin();
  assert.deepEqual([sale.state, sale.problem, shelf().paying], ["choosing", "outcome_unknown", true]);
  relay.invoices.inv_1 = { ...INVOICE, status: "processing" };
  answers.asked = [];
  await sale.again();
  assert.deepEqual([sale.state, answers.asked, payer.paid.length], ["paying", [], 1]);
  sale.stop();
  await begun();
  assert.equal(sale.state, "paying", "and after a reload it still waits");
  relay.tell({ accessToken: "token" });
  await until(() => sale.state === "open");
});

test("a payment that expired moved nothing, and may be tried again", async () => {
  await begun();
  wallet(async (_, onProgress) => (onProgress({ stage: "submitted" }), new Promise(() => {})));
  void sale.begin();
  await until(() => sale.stage === "submitted" && relay.count("SUBSCRIBE"));
  relay.tell({ status: "expired", type: "payment.expired" });
  await until(() => sale.state === "choosing");
  assert.deepEqual([sale.problem, shelf().paying], ["transaction_expired", false]);
});

test("a token that has run out is thrown away, and access comes back by the chain that paid", async () => {
  await begun();
  const payer = wallet(undefined, ["hedera:mainnet", "hedera:devnet"]);
  await sale.begin();
  assert.equal(sale.state, "open");
  answers.good = "another";
  kept.set(`relay:${relay.url}:post-1`, JSON.stringify({ ...shelf(), network: "hedera:devnet" }));
  await begun();
  assert.deepEqual([sale.state, sale.expired, shelf().token], ["locked", true, undefined]);
  answers.good = "token";
  await sale.restore(payer);
  assert.deepEqual(payer.restored, [{ server: relay.url, network: "hedera:devnet", merchant: "shop", contentId: "post-1" }]);
  assert.equal(sale.state, "open");
});

test("what cannot be got is said by its reason, and nothing is called paid", async () => {
  await begun();
  for (const code of ["declined", "insufficient_funds", "node_refused"]) {
    sale.payers = [];
    wallet(fails(code));
    await sale.begin();
    assert.deepEqual([sale.state, sale.problem, shelf().paying], ["choosing", code, false]);
  }
  answers.invoice = { ...INVOICE, contentId: "post-2" };
  await sale.begin();
  assert.deepEqual([sale.state, sale.problem], ["locked", "not_for_sale"]);
});
