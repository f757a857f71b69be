// The Small Coin: an article whose rest the server keeps until the relay says *settled*.
//
//   start ─▶ locked ─▶ (sheet) ─▶ paying ─▶ open        the token is kept, so a reload stays open
//              ▲          │deny      │
//              └──────────┴──── refused                  a payment that a reload interrupts is taken up again
//
// Also the documentation of @relay/client: `connect`, `pay`, `send`, `verifyToken` are all a site needs.

import { connect, verifyToken } from "/demo/client/index.js";
import { openDesk } from "./desk.js";
import { face, lock, refuse, say, showReceipt, state, step } from "./gate.js";
import { openWallet } from "./wallet.js";
import { shorten, showAmount, showDate } from "./words.js";

const TOKEN = "relay.demo.token";
const PENDING = "relay.demo.pending";
const HBAR = { asset: "0.0.0", symbol: "HBAR", decimals: 8 };
const BANNER_MS = 700; // a connection that is back within that is nobody's business

const element = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
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
  for (const asset of networks.flatMap((network) => network.assets ?? [])) assets[asset.asset] ??= asset;

  showArticle();
  wallet = openWallet({ list: element("wallet"), tag: element("wallet-tag"), note: element("wallet-note") }, relay, config.ways, {
    assets,
    onChoose: showPayer,
  });
  showWays();
  relay.on("state", (now) => now === "online" && wallet.refresh());
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
    const bytes = signed.scheme ? signed.transaction : Uint8Array.from(atob(signed.transaction), (c) => c.charCodeAt(0));
    return relay.send({ ...signed, transaction: bytes }, { onProgress });
  });
  return true;
}

async function buy() {
  // Not `disabled`: the focus would be lost, and it has to come back here when the sheet is denied.
  const button = element(state() === "refused" ? "again" : "pay");
  if (button.ariaBusy === "true") return;
  button.ariaBusy = "true";
  const { way } = wallet.payer;
  try {
    const invoice = await get("/demo/api/invoice", { method: "POST", headers: { "idempotency-key": crypto.randomUUID() } });
    const signer = await wallet.signer();
    const ask = { network: way.network, asset: way.asset, invoice, signer };
    await follow(signer.account, showAmount(way.amount, way), (onProgress) => relay.pay({ ...ask, onProgress }));
  } catch (error) {
    if (/** @type {any} */ (error).code === "declined") return declined();
    refuse(error);
  } finally {
    button.ariaBusy = "false";
  }
}

function declined() {
  lock();
  say("Declined. Nothing was signed.");
  element("pay").focus();
}

/**
 * Show a payment until its end, and open the page when it is settled.
 * @param {string} account @param {string} price
 * @param {(onProgress: (progress: import("/demo/client/pay.js").Progress) => void) => Promise<any>} go
 */
async function follow(account, price, go) {
  element("paying-price").textContent = price;
  element("step-payer").textContent = shorten(account);
  wallet.hold(true);
  /** @type {any} */ let invoice;
  let began = Date.now();
  try {
    const event = await go(({ stage, signed }) => {
      if (stage === "preparing" || stage === "approving") return;
      if (stage === "signing") began = Date.now();
      if (stage === "signed" && signed) {
        invoice = signed.invoice;
        const bytes = signed.transaction;
        const transaction = bytes instanceof Uint8Array ? btoa(String.fromCharCode(...bytes)) : bytes;
        localStorage.setItem(PENDING, JSON.stringify({ signed: { ...signed, transaction }, account, price }));
      }
      step(stage, account);
    });
    localStorage.removeItem(PENDING);
    const seconds = ((Date.now() - began) / 1000).toFixed(1);
    await received(event, `Paid ${price}, settled in ${seconds} seconds.`);
  } catch (error) {
    if (/** @type {any} */ (error).code === "declined") {
      declined();
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
  showReceipt(event, assets[event.asset] ?? HBAR);
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
}

/** Where to pay, in what and how much of it. One way needs no choice. */
function showWays() {
  const ways = element("ways");
  const legend = /** @type {Node} */ (ways.firstElementChild);
  ways.hidden = config.ways.length < 2;
  ways.replaceChildren(legend, ...config.ways.map((/** @type {import("./wallet.js").Way} */ way) => {
    const label = document.createElement("label");
    const input = Object.assign(document.createElement("input"), { type: "radio", name: "way", value: way.network });
    input.checked = way === wallet.payer.way;
    const name = way.network.startsWith("hedera:") ? "Hedera" : "EVM";
    label.append(input, Object.assign(document.createElement("b"), { textContent: name }), ` ${showAmount(way.amount, way)}`);
    input.addEventListener("change", () => wallet.use(way));
    return label;
  }));
}

/** @param {import("./wallet.js").Payer} payer */
function showPayer({ id, label, way, wallet: own }) {
  for (const price of ["price", "pay-price"]) element(price).textContent = showAmount(way.amount, way);
  for (const link of ["payer", "refused-payer"]) {
    element(link).textContent = label;
    element(link).classList.toggle("mono", !own);
    element(link).setAttribute("aria-label", `${own ? label : id}, choose another account`);
  }
  /** @type {HTMLInputElement | null} */ const input = element("ways").querySelector(`input[value="${way.network}"]`);
  if (input) input.checked = true;
}

function followConnection() {
  /** @type {ReturnType<typeof setTimeout> | undefined} */ let timer;
  const words = { connecting: "Connecting", online: "Connected", offline: "Reconnecting", refused: "Refused", closed: "Closed" };
  const banner = element("banner");
  const explain = () => {
    const why = navigator.onLine ? "The relay does not answer." : "You are offline.";
    const then = { paying: "Your payment is kept and goes on when the connection is back.", open: "The page stays open." };
    const now = then[/** @type {keyof typeof then} */ (state())] ?? "Trying again by itself.";
    element("banner-text").textContent = `${why} ${now}`;
  };
  new MutationObserver(explain).observe(element("gate"), { attributeFilter: ["data-state"] }); // paying began since, or ended
  relay.on("state", (/** @type {keyof typeof words} */ link) => {
    element("link").dataset.state = link;
    element("link-text").textContent = words[link];
    clearTimeout(timer);
    if (link === "online") {
      banner.hidden = true;
      return;
    }
    timer = setTimeout(() => {
      explain();
      banner.hidden = false;
    }, BANNER_MS);
  });
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
