// The Small Coin: an article whose rest the server keeps until the relay says *settled*.
//
//   start ─▶ locked ─▶ (sheet) ─▶ paying ─▶ open        the token is kept, so a reload stays open
//              ▲          │deny      │
//              └──────────┴──── refused                  a payment that a reload interrupts is taken up again
//
// Also the documentation of @relay/client: `connect`, `pay`, `send`, `verifyToken` are all a site needs.

import { connect, verifyToken } from "/demo/client/index.js";
import { openDesk } from "./desk.js";
import { facts } from "./sheet.js";
import { openWallet } from "./wallet.js";
import { explain, showAmount, showDate, showTime } from "./words.js";

const TOKEN = "relay.demo.token";
const PENDING = "relay.demo.pending";
const HBAR = { asset: "0.0.0", symbol: "HBAR", decimals: 8 };
const BANNER_MS = 700; // a connection that is back within that is nobody's business

const element = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const gate = element("gate");
const relay = connect(location.origin);

/** @type {any} */ let config;
/** @type {any} */ let article;
/** @type {Record<string, import("./words.js").Asset>} */ let assets = { [HBAR.asset]: HBAR };
/** @type {ReturnType<typeof openWallet>} */ let wallet;

start();

async function start() {
  followConnection();
  [config, article] = await Promise.all([patiently(() => get("/demo/api/config")), patiently(() => get("/demo/api/article"))]);
  const networks = await patiently(() => relay.networks());
  const network = networks.find((one) => one.network === config.network);
  assets = { ...assets, ...Object.fromEntries((network?.assets ?? []).map((asset) => [asset.asset, asset])) };

  showArticle();
  const coin = assets[HBAR.asset];
  element("network").textContent = config.network;
  wallet = openWallet(element("wallet"), relay, config, { coin, onChoose: showPayer });
  relay.on("state", (state) => state === "online" && wallet.refresh());
  if (relay.online) wallet.refresh();
  openDesk(
    { list: element("events"), empty: element("events-empty"), link: element("office-link"), text: element("office-text") },
    (id) => assets[id] ?? { asset: id, symbol: id, decimals: 0 },
  );

  element("pay").addEventListener("click", buy);
  element("again").addEventListener("click", buy);
  for (const id of ["payer", "refused-payer"]) {
    element(id).addEventListener("click", (event) => (event.preventDefault(), wallet.focus()));
  }
  element("forget").addEventListener("click", () => (localStorage.removeItem(TOKEN), location.reload()));

  element("article").setAttribute("aria-busy", "false");
  if (await reopen()) return;
  if (await takeUp()) return;
  lock();
}

// --- the ways in: a kept token, an interrupted payment, a new payment ---

/** Open with the token of an earlier visit. Verified here first, so that a stale one is explained, not tried. */
async function reopen() {
  const kept = localStorage.getItem(TOKEN);
  if (!kept) return false;
  const verdict = await check(kept);
  if (verdict.ok && (await unlock(kept, `Paid. Open until ${showDate(verdict.claims.exp * 1000)}.`))) return true;
  localStorage.removeItem(TOKEN);
  lock(
    !verdict.ok && verdict.code === "expired"
      ? "You paid for this page before, but that access has run out. Reading on needs a new payment."
      : "The access kept in this browser is not valid here any more. Reading on needs a new payment.",
  );
  return true;
}

/** Go on with a payment that was signed before a reload: the same bytes, so it cannot be paid twice. */
async function takeUp() {
  const kept = localStorage.getItem(PENDING);
  if (!kept) return false;
  const { signed, account, price } = JSON.parse(kept);
  await follow(account, price, (onProgress) => {
    const transaction = Uint8Array.from(atob(signed.transaction), (c) => c.charCodeAt(0));
    return relay.send({ ...signed, transaction }, { onProgress });
  });
  return true;
}

async function buy() {
  // Not `disabled`: the focus would be lost, and it has to come back here when the sheet is denied.
  const button = element(gate.dataset.state === "refused" ? "again" : "pay");
  if (button.ariaBusy === "true") return;
  button.ariaBusy = "true";
  const account = wallet.account;
  try {
    const invoice = await get("/demo/api/invoice", { method: "POST", headers: { "idempotency-key": crypto.randomUUID() } });
    const price = showAmount(invoice.amount, assets[invoice.asset] ?? HBAR);
    const signer = await wallet.signer(assets);
    await follow(account, price, (onProgress) => relay.pay({ network: config.network, invoice, signer, onProgress }));
  } catch (error) {
    refuse(error);
  } finally {
    button.ariaBusy = "false";
  }
}

/**
 * Show a payment until its end, and open the page when it is settled.
 * @param {string} account @param {string} price
 * @param {(onProgress: (progress: import("/demo/client/pay.js").Progress) => void) => Promise<any>} go
 */
async function follow(account, price, go) {
  element("paying-price").textContent = price;
  element("step-payer").textContent = account;
  wallet.hold(true);
  /** @type {any} */ let invoice;
  let began = Date.now();
  try {
    const event = await go(({ stage, signed }) => {
      if (stage === "preparing" || stage === "approving") return;
      if (stage === "signing") began = Date.now();
      if (stage === "signed" && signed) {
        invoice = signed.invoice;
        const transaction = btoa(String.fromCharCode(...signed.transaction));
        localStorage.setItem(PENDING, JSON.stringify({ signed: { ...signed, transaction }, account, price }));
      }
      step(stage, account);
    });
    localStorage.removeItem(PENDING);
    const seconds = ((Date.now() - began) / 1000).toFixed(1);
    await received(event, `Paid ${price}, settled in ${seconds} seconds.`);
  } catch (error) {
    if (/** @type {any} */ (error).code === "declined") {
      lock();
      say("Declined. Nothing was signed.");
      element("pay").focus();
    } else {
      if (/** @type {any} */ (error).code !== "outcome_unknown") localStorage.removeItem(PENDING);
      else if (invoice) watch(invoice);
      refuse(error);
    }
  } finally {
    wallet.hold(false);
    wallet.refresh();
  }
}

/** Keep listening for a payment whose end we could not hear. @param {{id: string, secret: string}} invoice */
function watch(invoice) {
  const subscription = relay.subscribe({ invoice: invoice.id, secret: invoice.secret }, (event) => {
    if (event.status !== "settled" || !event.accessToken) return;
    subscription.close();
    localStorage.removeItem(PENDING);
    received(event, "Paid.");
  });
}

/** @param {import("/demo/client/client.js").PaymentEvent} event @param {string} words */
async function received(event, words) {
  const verdict = event.accessToken ? await check(event.accessToken) : { ok: false, code: "malformed" };
  if (!verdict.ok || !event.accessToken) {
    return refuse({ code: "internal", message: `the access token is not valid (${"code" in verdict && verdict.code})` });
  }
  localStorage.setItem(TOKEN, event.accessToken);
  showReceipt(event);
  await unlock(event.accessToken, words, { arrived: true });
}

/** @param {string} token */
async function check(token) {
  const jwks = await patiently(() => get("/.well-known/jwks.json"));
  return verifyToken(token, jwks, {
    issuer: config.issuer ?? location.origin,
    audience: config.audience ?? config.issuer ?? location.origin,
    scope: `content:${config.contentId}`,
  });
}

/**
 * Fetch the rest with the token; false when the server does not honour it.
 * @param {string} token @param {string} words @param {{arrived?: boolean}} [options]
 */
async function unlock(token, words, { arrived = false } = {}) {
  let rest;
  try {
    rest = await patiently(() => get("/demo/api/article/rest", { headers: { authorization: `Bearer ${token}` } }));
  } catch {
    return false;
  }
  element("rest").innerHTML = rest.html;
  element("rest").hidden = false;
  element("colophon").hidden = false;
  element("article").classList.remove("withheld");
  element("paid-text").textContent = words;
  face("open");
  if (arrived) {
    say(`${words} The page is open.`);
    element("paid").focus({ preventScroll: true });
  }
  return true;
}

// --- what the page shows ---

function showArticle() {
  document.title = `${article.title} · The Small Coin`;
  element("title").textContent = article.title;
  element("standfirst").textContent = article.standfirst ?? "";
  element("kicker").textContent = ["Essay", article.minutes ? `${article.minutes} minutes` : article.words && `${article.words} words`].filter(Boolean).join(", ");
  const by = element("byline");
  by.replaceChildren("By ", Object.assign(document.createElement("b"), { textContent: article.byline }));
  if (article.date) by.append(`, ${showDate(article.date)}`);
  element("teaser").innerHTML = article.teaserHtml;
  element("article").classList.add("withheld");
  const price = priceOf(config.price ?? article.price);
  for (const id of ["price", "pay-price"]) element(id).textContent = price;
}

/** @param {any} price */
function priceOf(price) {
  if (price && typeof price === "object") return showAmount(price.amount, assets[price.asset] ?? HBAR);
  return showAmount(String(price), assets[config.asset?.asset ?? config.asset] ?? HBAR);
}

/** @param {string} account */
function showPayer(account) {
  for (const id of ["payer", "refused-payer"]) {
    element(id).textContent = account;
    element(id).setAttribute("aria-label", `${account}, choose another account`);
  }
}

/** @param {string} state */
function face(state) {
  gate.dataset.state = state;
}

/** @param {string} [notice] */
function lock(notice) {
  element("notice").hidden = !notice;
  element("notice").textContent = notice ?? "";
  if (notice) say(notice);
  face("locked");
}

const STEPS = ["signing", "sending", "submitted", "settled"];
const SAYS = {
  signing: "Signing.",
  sending: "Sent to the relay.",
  submitted: "A node has taken the payment. Waiting for the ledger.",
  included: "On the ledger, waiting until it is final.",
  waiting: "No connection. The payment goes on by itself when it is back.",
};

/** @param {string} stage @param {string} account */
function step(stage, account) {
  const isFirst = gate.dataset.state !== "paying";
  face("paying");
  if (isFirst) element("paying-title").focus({ preventScroll: true });
  const items = [...element("steps").children].map((item) => /** @type {HTMLElement} */ (item));
  if (isFirst) for (const item of items) item.className = "";
  const isWaiting = stage === "waiting";
  // What is said is the step under way: `submitted` means that taking is done and settling has begun.
  const doing = { signing: 0, signed: 1, sending: 1, submitted: 3, included: 3, settled: 4 }[stage];
  if (doing !== undefined) {
    const reached = doing === 1 && items[2].className === "done" ? 3 : doing;
    items.forEach((item, index) => {
      item.className = index < reached ? "done" : index === reached ? "doing" : "";
      item.toggleAttribute("aria-current", index === reached);
    });
  }
  for (const item of items) item.classList.toggle("waiting", isWaiting && item.classList.contains("doing"));
  element("paying-note").textContent = isWaiting
    ? "Waiting for the connection. What you signed is kept; it cannot be charged twice."
    : `Leave or reload if you like: the payment from ${account} goes on, and this page finds it again.`;
  if (SAYS[/** @type {keyof typeof SAYS} */ (stage)]) say(SAYS[/** @type {keyof typeof SAYS} */ (stage)]);
}

/** @param {any} error */
function refuse(error) {
  const { title, why, todo, detail } = explain(error);
  element("refused-title").textContent = title;
  element("refused-why").textContent = why;
  element("refused-todo").textContent = todo;
  element("refused-detail").textContent = detail;
  element("again").hidden = error?.code === "outcome_unknown";
  face("refused");
  say(`${title}. ${why} ${todo}`);
  element("refused-title").focus({ preventScroll: true });
}

/** @param {import("/demo/client/client.js").PaymentEvent} event */
function showReceipt(event) {
  const asset = assets[event.asset] ?? HBAR;
  facts(element("receipt-facts"), [
    ["Paid", showAmount(event.amount, asset)],
    ["From", [[event.payer]]],
    ["To", event.payTo.map((share) => [share.account, event.payTo.length > 1 ? showAmount(share.amount, asset) : ""])],
    ["Settled", `${showDate(event.time)}, ${showTime(event.time)}`],
    ["Transaction", [[event.transactionId]]],
    ["Payment", [[event.payment]]],
  ]);
  element("receipt").hidden = false;
}
element("receipt").hidden = true;

function followConnection() {
  /** @type {ReturnType<typeof setTimeout> | undefined} */ let timer;
  const words = { connecting: "Connecting", online: "Connected", offline: "Reconnecting", refused: "Refused", closed: "Closed" };
  const banner = element("banner");
  relay.on("state", (/** @type {keyof typeof words} */ state) => {
    element("link").dataset.state = state;
    element("link-text").textContent = words[state];
    clearTimeout(timer);
    if (state === "online") {
      banner.hidden = true;
      return;
    }
    timer = setTimeout(() => {
      const why = navigator.onLine ? "The relay does not answer." : "You are offline.";
      const then = { paying: "Your payment is kept and goes on when the connection is back.", open: "The page stays open." };
      const now = then[/** @type {keyof typeof then} */ (gate.dataset.state)] ?? "Trying again by itself.";
      element("banner-text").textContent = `${why} ${now}`;
      banner.hidden = false;
    }, BANNER_MS);
  });
}

/** @param {string} words */
function say(words) {
  element("status").textContent = words;
}

// --- HTTP ---

/** @param {string} path @param {RequestInit} [init] */
async function get(path, init) {
  let response;
  try {
    response = await fetch(path, { cache: "no-store", ...init });
  } catch {
    throw { code: "offline", message: "the server could not be reached" };
  }
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  throw { code: answer.code ?? "internal", message: answer.detail ?? response.statusText, status: response.status };
}

/** Again and again while there is no connection or the server is starting. @template T @param {() => Promise<T>} ask @returns {Promise<T>} */
async function patiently(ask) {
  for (let delay = 300; ; delay = Math.min(delay * 1.7, 3000)) {
    try {
      return await ask();
    } catch (error) {
      const { code, status } = /** @type {any} */ (error);
      if (code !== "offline" && !(status >= 500)) throw error;
      await new Promise((resolve) => setTimeout(resolve, delay));
    }
  }
}
