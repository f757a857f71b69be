// The pay page: what is asked, how to pay it, and how that goes, live. It only shows and signs; the relay decides.
//
//   render()   everything from one invoice        START HERE
//   live()     the relay's word that something changed: read the invoice again
//   frame.js   the same news for a page that embeds this one

import { connect } from "./client/index.js";
import { announce, framed, reportSize } from "./frame.js";
import { amountOf, clock, networkName, termsOf } from "./words.js";
import { findWallets, walletFor } from "./wallet.js";

const SOON_MS = 120_000;
const REDIRECT_MS = 3_000;
const HONOURED_MS = 60_000; // how much longer than it says a quote is good (relay/invoice.py)
const REQUOTE_MS = 5_000; // between looks for a rate, where none could be had
const AGAIN_MS = 15_000; // to look again without being told, should news have been lost
const OVER = new Set(["settled", "expired", "cancelled"]);
const FAILED = new Set(["rejected", "failed", "expired", "reverted"]); // of a payment; an invoice's own news has no status

/** @type {{invoice: any, key: string, origin: string | null}} */
const page = JSON.parse(element("page").textContent ?? "{}");
const relay = connect(location.origin);
let invoice = page.invoice;
/** @type {any[]} */ let networks = [];
let chosen = 0;
let problem = "";
let paying = false;
let leaving = false;
let rateless = false; // a fresh rate was asked for, and there is none
let requoted = 0;

/** @param {string} id */
function element(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no ${id}`);
  return found;
}

/** @param {string} id @param {string} text */
function say(id, text) {
  element(id).textContent = text;
}

/** @param {string} id @param {boolean} shown */
function show(id, shown) {
  element(id).hidden = !shown;
}

// --- the invoice as it is now ---

/** One way to pay per network and asset, with what is left to pay by it. */
function options() {
  const seen = new Map();
  for (const each of invoice.requirements) {
    const key = `${each.network} ${each.asset}`;
    if (!seen.has(key)) seen.set(key, each);
  }
  return [...seen.values()];
}

/** @param {any} option */
function kindOf(option) {
  const network = networks.find((each) => each.network === option.network);
  const same = (/** @type {any} */ kind) => kind.asset.toLowerCase() === option.asset.toLowerCase();
  return network?.assets.find(same) ?? { symbol: option.asset, decimals: 0 };
}

/** The relay asks for what is left. @param {any} option */
const leftOf = (option) => option.amount;

function render() {
  const option = options()[chosen] ?? options()[0];
  const kind = kindOf(option);
  const state = paying && invoice.status === "created" ? "paying" : invoice.status;
  document.body.dataset.state = state;
  say("sum", invoice.price ? `${invoice.price.amount} ${invoice.price.currency}` : amountOf(leftOf(option), kind));
  show("fiat", Boolean(invoice.price) && !OVER.has(invoice.status));
  if (invoice.price) say("fiat", `= ${amountOf(leftOf(option), kind)} now`);
  renderOptions();
  renderFacts(option, kind);
  renderNotice(option, kind);
  renderEnd(state);
  renderStale();
  renderTerms();
  tick();
  announce(page.origin, invoice);
  reportSize(page.origin);
}

function renderOptions() {
  const all = options();
  show("options", all.length > 1 && !OVER.has(invoice.status));
  const box = element("choices");
  if (box.childElementCount === all.length && box.dataset.of === describe(all)) return;
  box.dataset.of = describe(all);
  box.replaceChildren(
    ...all.map((option, index) => {
      const label = document.createElement("label");
      const radio = Object.assign(document.createElement("input"), { type: "radio", name: "option", value: String(index) });
      radio.checked = index === chosen;
      radio.addEventListener("change", () => {
        chosen = index;
        render();
      });
      const text = document.createElement("span");
      const where = document.createElement("small");
      text.textContent = amountOf(leftOf(option), kindOf(option));
      where.textContent = networkName(option.network);
      text.append(where);
      label.append(radio, text);
      return label;
    }),
  );
}

/** @param {any[]} all */
const describe = (all) => all.map((option) => amountOf(leftOf(option), kindOf(option)) + option.network).join();

/** @param {any} option @param {any} kind */
function renderFacts(option, kind) {
  say("amount-label", invoice.status === "partial" ? "Still to pay" : "Amount");
  say("amount", amountOf(leftOf(option), kind));
  say("network", networkName(option.network));
  const many = option.payTo.length > 1;
  const told = JSON.stringify([option.payTo, kind]);
  const rows = option.payTo.map((/** @type {any} */ share, /** @type {number} */ index) => {
    const row = document.createElement("div");
    const name = document.createElement("dt");
    name.textContent = many ? `To, ${amountOf(share.amount, kind)}` : "To";
    const value = document.createElement("dd");
    const text = Object.assign(document.createElement("span"), { className: "value", id: `payee-${index}` });
    text.textContent = share.account;
    value.append(text, copyButton(`payee-${index}`));
    row.append(name, value);
    return row;
  });
  const payees = element("payees");
  if (payees.dataset.of !== told) payees.replaceChildren(...rows); // else it would end a selection, and lose the focus
  payees.dataset.of = told;
  const memo = option.network.startsWith("hedera:") ? option.memo : null;
  show("memo-row", Boolean(memo));
  if (memo) say("memo", memo);
  const wallet = walletFor(option, invoice, relay);
  show("wallet", Boolean(wallet));
  if (wallet) {
    const button = /** @type {HTMLButtonElement} */ (element("pay"));
    button.disabled = paying;
    button.textContent = paying ? "Look into your wallet…" : `Pay ${amountOf(leftOf(option), kind)} with ${wallet.name}`;
    say("wallet-note", wallet.note);
  }
  say("hint", hint(Boolean(memo), Boolean(wallet), many));
}

/** @param {boolean} memo @param {boolean} wallet @param {boolean} many */
function hint(memo, wallet, many) {
  if (memo) return "The memo is how your payment is recognised: send it along exactly as it stands here.";
  if (wallet) return "Pay with the button. A transfer you type in by hand carries no memo and is not recognised here.";
  const who = many ? "these accounts" : "this account";
  return `Open this page in your wallet’s browser to pay. A transfer to ${who} typed in by hand is not recognised here.`;
}

/** @param {any} option @param {any} kind */
function renderNotice(option, kind) {
  let text = problem;
  if (!text && invoice.status === "partial") text = `A part has arrived. ${amountOf(leftOf(option), kind)} is still to pay.`;
  show("notice", Boolean(text));
  element("notice").classList.toggle("bad", Boolean(problem));
  if (text) say("notice", text);
}

const now = () => Date.now() + relay.clockOffset;
const isOpen = () => invoice.status === "created" || invoice.status === "partial";

/** Whether the amounts are of a rate that is over, and the relay has no fresh one: nobody should pay them. */
function isStale() {
  return isOpen() && Boolean(invoice.quoteExpiresAt) && Date.parse(invoice.quoteExpiresAt) + HONOURED_MS <= now();
}

function renderStale() {
  const stale = isStale();
  show("stale", stale);
  if (!stale) return;
  show("ask", false);
  show("fiat", false);
  const text = rateless
    ? "There is no rate to be trusted right now. Nothing is lost: try again in a moment."
    : "The rate behind this amount is over. Get the amount at the rate of now before you pay.";
  if (element("stale-text").textContent !== text) say("stale-text", text); // a live region: said once
}

element("requote").addEventListener("click", async () => {
  const button = /** @type {HTMLButtonElement} */ (element("requote"));
  button.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(`/v1/invoices/${encodeURIComponent(invoice.id)}/quote`, { method: "POST" });
    rateless = !answer.ok;
    if (answer.ok) invoice = await answer.json();
  } catch {
    rateless = true;
  }
  button.removeAttribute("aria-busy");
  render();
  if (!isStale()) element("ask").focus({ preventScroll: true });
});

const ENDS = /** @type {Record<string, [string, string, string, string]>} */ ({
  paying: ["wait", "…", "Waiting for your wallet", "Look at what it shows, and approve it there."],
  processing: ["wait", "…", "Your payment is on its way", "It was sent. This page says so as soon as the network has settled it."],
  settled: ["good", "✓", "Paid", "The payment is settled. Thank you."],
  expired: ["bad", "✕", "This invoice has expired", "Nothing more is expected. Ask for a new one where you came from."],
  cancelled: ["bad", "✕", "This invoice was cancelled", "Please do not pay it. Ask for a new one where you came from."],
});

/** @param {string} state */
function renderEnd(state) {
  const end = ENDS[state];
  show("ask", !end || state === "paying");
  show("end", Boolean(end) && state !== "paying");
  if (!end || state === "paying") return;
  const [kind, mark, title, text] = end;
  const flags = new Set(invoice.flags ?? []);
  const fresh = element("end-title").textContent !== title;
  element("end").dataset.kind = kind;
  say("mark", mark);
  say("end-title", title);
  say("end-text", flags.has("over") ? `${text} You paid more than was asked; the merchant sees that.` : text);
  if (fresh && OVER.has(state)) element("end-title").focus({ preventScroll: true });
  const back = invoice.redirectUrl ? withId(invoice.redirectUrl) : null;
  show("end-go", Boolean(back));
  if (!back) return;
  const link = /** @type {HTMLAnchorElement} */ (element("go"));
  link.href = back;
  link.target = framed ? "_top" : "";
  link.textContent = state === "settled" ? "Go on" : "Back to the shop";
  if (state === "settled" && !framed && !leaving) {
    leaving = true;
    setTimeout(() => location.assign(back), REDIRECT_MS);
  }
}

/** The shop's page, told which invoice this was. @param {string} text */
function withId(text) {
  const url = new URL(text);
  if (!url.searchParams.has("id")) url.searchParams.set("id", invoice.id);
  return url.href;
}

function renderTerms() {
  const ends = new Date(invoice.expiresAt).toLocaleString();
  const rows = [["Invoice", invoice.id], ["Pay until", ends], ...(invoice.policy ? termsOf(invoice.policy) : [])];
  element("terms-facts").replaceChildren(
    ...rows.map(([name, value]) => {
      const row = document.createElement("div");
      const [dt, dd] = [document.createElement("dt"), document.createElement("dd")];
      dt.textContent = name;
      dd.textContent = value;
      row.append(dt, dd);
      return row;
    }),
  );
}

// --- time, copying ---

function tick() {
  const quote = invoice.quoteExpiresAt ? Date.parse(invoice.quoteExpiresAt) : Infinity;
  const ends = Date.parse(invoice.expiresAt);
  const open = isOpen();
  const left = ends - now();
  element("left").classList.toggle("soon", open && left < SOON_MS);
  if (!open) return say("left", "");
  if (left <= 0) {
    say("left", "Time is up");
    return void refresh();
  }
  if (isStale() && requoted + REQUOTE_MS < Date.now()) {
    requoted = Date.now();
    renderStale();
    void refresh();
  }
  const priced = quote < ends && !isStale() ? ` · this rate for ${clock(Math.max(0, quote - now()))}` : "";
  say("left", `${clock(left)} left${priced}`);
}

/** @param {string} id */
function copyButton(id) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "copy", textContent: "Copy" });
  button.dataset.of = id;
  return button;
}

document.addEventListener("click", async (event) => {
  const button = event.target instanceof Element ? event.target.closest("button.copy") : null;
  if (!(button instanceof HTMLButtonElement)) return;
  const text = button.dataset.of === "amount" ? plainAmount() : element(button.dataset.of ?? "").textContent ?? "";
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    getSelection()?.selectAllChildren(element(button.dataset.of ?? ""));
    button.textContent = "Selected";
  }
  setTimeout(() => (button.textContent = "Copy"), 1_500);
});

/** Digits only, as wallets want them. */
function plainAmount() {
  const option = options()[chosen] ?? options()[0];
  return amountOf(leftOf(option), { ...kindOf(option), symbol: "" }).trim().replaceAll("\u202f", "");
}

element("pay").addEventListener("click", async () => {
  const option = options()[chosen] ?? options()[0];
  const wallet = walletFor(option, invoice, relay);
  if (!wallet || paying) return;
  paying = true;
  problem = "";
  render();
  try {
    await wallet.pay();
  } catch (error) {
    problem = refusal(error);
  }
  paying = false;
  await refresh();
});

/** @param {any} error */
function refusal(error) {
  if (error?.code !== "quote_expired") return error instanceof Error ? error.message : String(error);
  return "The rate was over before your payment arrived, so nothing was sent. Look at the amount of now, and pay that.";
}

// --- live ---

let reading = false;
let outdated = false; // something was told while we read: what we read may be from before

async function refresh() {
  outdated = true;
  if (reading) return;
  reading = true;
  while (outdated) {
    outdated = false;
    try {
      invoice = await relay.invoice(invoice.id);
    } catch {
      // the connection's own words below say what is wrong
    }
  }
  reading = false;
  if (!OVER.has(invoice.status) || document.body.dataset.state !== invoice.status) render();
}

function live() {
  relay.on("state", (state) => {
    element("dot").className = `dot ${state}`;
    say("connection", state === "online" ? "Live" : state === "connecting" ? "Connecting" : "No connection; trying again");
    if (state === "online") void refresh();
  });
  relay.subscribe({ invoice: page.invoice.id, secret: location.hash.slice(1) || page.key }, (event) => {
    problem = FAILED.has(event.status) ? event.error ?? "The payment failed." : "";
    announce(page.origin, invoice, event);
    void refresh();
  });
  setInterval(() => !OVER.has(invoice.status) && void refresh(), AGAIN_MS);
  setInterval(tick, 1_000);
}

if (framed) document.body.classList.add("framed");
render();
findWallets(render);
live();
relay.networks().then((found) => {
  networks = found;
  render();
}, () => {});
