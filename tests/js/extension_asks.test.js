// Requests of pages and what waits for a person, where two things happen at once.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Asks } from "../../plugins/extension/asks.js";
import { LATER, Requests } from "../../plugins/extension/requests.js";
import { memory } from "./extension_area.js";

const SITE = { origin: "https://blog.example", tab: 1, title: "", path: "/" };
const port = () => {
  const said = [];
  return { said, postMessage: (message) => said.push(message), onDisconnect: { addListener() {} } };
};
const request = (id) => ({ id, method: "relay_pay", params: {} });

test("a request that is sent twice at once is begun once, and answered where it was sent last", async () => {
  const begun = [];
  const requests = new Requests(memory(), async () => false, async ({ key }) => (begun.push(key), "paid"));
  const [first, second] = [port(), port()];
  await Promise.all([first, second].map((each) => requests.take(SITE, each, request("request-1"))));
  assert.deepEqual([begun.length, first.said, second.said], [1, [], [{ id: "request-1", result: "paid" }]]);
});

test("a site has so many requests at work, and what is looked up meanwhile is none of them", async () => {
  const requests = new Requests(memory(), async () => false, () => new Promise(() => {}));
  const ports = Array.from({ length: 12 }, port);
  ports.forEach((each, at) => void requests.take(SITE, each, request(`request-${at}`)));
  while (ports.filter(({ said }) => said.length).length < 4) await new Promise(setImmediate);
  assert.deepEqual(ports.map(({ said }) => said[0]?.error.code), [...Array(8).fill(undefined), ...Array(4).fill("busy")]);
});

test("what is known already is not begun again", async () => {
  const requests = new Requests(memory(), async () => true, async () => assert.fail("begun"));
  const only = port();
  await requests.take(SITE, only, request("request-1"));
  await requests.answer("https://blog.example request-1", { result: LATER.description });
  assert.deepEqual(only.said, [{ id: "request-1", result: "later" }]);
});

let open, area;
beforeEach(() => {
  [open, area] = [new Set(), memory()];
  const create = async () => (open.add(7), { id: 7 });
  const get = async (id) => (open.has(id) ? { id } : Promise.reject(new Error("no window")));
  globalThis.chrome = /** @type {any} */ ({ runtime: { getURL: (path) => path }, windows: { create, get } });
});
const wish = /** @type {any} */ ({ origin: SITE.origin, request: "one", tab: 1, view: {}, kind: "connect", work: {} });

test("an ask knows its window", async () => {
  const asks = new Asks(area, async () => assert.fail("it is open"));
  await asks.open(wish);
  assert.deepEqual((await asks.all()).map(({ window }) => window), [7]);
});

test("a window that is closed before it is known whose it is, is a no all the same", async () => {
  const closed = [];
  const asks = new Asks(area, async (window) => void closed.push(...(await asks.all()).filter((ask) => ask.window === window)));
  const change = asks.change.bind(asks);
  asks.change = (...given) => (open.delete(7), change(...given)); // the browser tells it now, and nobody's window is 7
  await asks.open(wish);
  assert.deepEqual(closed.map(({ request }) => request), ["one"]);
});
