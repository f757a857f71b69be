// The service worker: what the browser calls, and nothing but the wiring. Start reading in payments.js.

import { Allowances } from "./allow.js";
import { Asks } from "./asks.js";
import { Book } from "./book.js";
import { handle, originOf, readRequest } from "./doors.js";
import { Evm } from "./evm.js";
import { ALARM, Following } from "./follow.js";
import { History } from "./history.js";
import { paint } from "./icon.js";
import { deny, ownPages } from "./own.js";
import { Payments } from "./payments.js";
import { Requests, told } from "./requests.js";
import { Restores } from "./restore.js";
import { SettingsStore } from "./settings.js";
import { Sites } from "./sites.js";
import { turns } from "./turns.js";
import { Vault } from "./vault.js";

const { local: kept, session: fleeting } = chrome.storage;
const LOCK_ALARM = "lock";
const TABS = 100; // tabs remembered for the popup
const OWN = new URL(chrome.runtime.getURL("")).origin;

kept.setAccessLevel?.({ accessLevel: "TRUSTED_CONTEXTS" }); // content scripts live in strangers' pages
const settings = new SettingsStore(kept);
const vault = new Vault(kept, fleeting);
const book = new Book(kept, vault);
const sites = new Sites(kept);
const history = new History(kept);
const asks = new Asks(fleeting, closed);
const turn = turns();

/** @type {Requests} */ const requests = new Requests(fleeting, begun, (from, method, params) => handle(doors, from, method, params));
const answer = requests.answer.bind(requests);
const following = new Following({ history, answer, tell: requests.tell.bind(requests), paint });
const evm = new Evm({ vault, book, sites, history, asks, fleeting, emit });
const restores = new Restores({ vault, book, sites, history, asks });
const payments = new Payments({ vault, book, sites, history, asks, following, restores, answer, paint });
const allowances = new Allowances({ book, sites, asks, fleeting });
const doors = { payments, evm, restores, allowances, sites, book, paint };
const own = ownPages({ allowances, vault, book, sites, history, asks, following, payments, evm, restores, settings, fleeting, answer, paint });

/** Whether this request left an ask or a payment that somebody is still to hear of. @param {string} key */
async function begun(key) {
  if ((await asks.all()).some((ask) => ask.request === key)) return true;
  const payment = (await history.all()).find(({ request }) => request === key);
  if (!payment) return false;
  following.follow(payment);
  return true;
}

/** Tell the pages of one site, and no other, what its provider has to say. @param {string} origin @param {string} event @param {unknown} value */
async function emit(origin, event, value) {
  const tabs = Object.entries((await fleeting.get("tabs")).tabs ?? {});
  for (const [tab, site] of tabs) {
    if (site === origin) chrome.tabs.sendMessage(Number(tab), { origin, event, value }).catch(() => {}); // the tab may be gone
  }
}

/** Which site a tab shows, for the popup: the browser would tell only with a permission to read all tabs. @param {number | undefined} tab @param {string} origin */
function remember(tab, origin) {
  return turn(async () => {
    const tabs = (await fleeting.get("tabs")).tabs ?? {};
    if (tab === undefined || tabs[tab] === origin) return;
    await fleeting.set({ tabs: Object.fromEntries(Object.entries({ ...tabs, [tab]: origin }).slice(-TABS)) });
  });
}

/** A window that is closed is a no. @param {number} window */
async function closed(window) {
  for (const ask of await asks.all()) if (ask.window === window) await deny({ asks, answer, paint }, ask.id);
}

chrome.runtime.onConnect.addListener((port) => {
  const origin = originOf(port);
  if (origin === null) return port.disconnect();
  port.onMessage.addListener((/** @type {unknown} */ message) => {
    const request = readRequest(message);
    if (!request) return;
    remember(port.sender?.tab?.id, origin);
    requests.take({ origin, tab: port.sender?.tab?.id ?? null, title: request.title, path: request.path }, port, request);
  });
});

chrome.runtime.onMessage.addListener((message, sender, respond) => {
  const act = own[message?.type];
  if (sender.id !== chrome.runtime.id || sender.origin !== OWN || !Object.hasOwn(own, message?.type)) return false;
  act(message).then((result) => respond({ result: result ?? null }), (error) => respond({ error: { ...told(error), message: error.message, name: error.name } }));
  return true; // the response comes later
});

chrome.windows.onRemoved.addListener(closed);

chrome.alarms.onAlarm.addListener(async ({ name }) => {
  if (name === ALARM) return following.resume();
  if (name === LOCK_ALARM && (await vault.isOpen())) await vault.lockAfter((await settings.all()).lockMinutes);
});

chrome.idle.onStateChanged.addListener((state) => {
  if (state === "locked") vault.lock(); // the person locked the machine
});

chrome.runtime.onInstalled.addListener(async ({ reason }) => {
  if (reason === "install" && !(await vault.exists())) chrome.tabs.create({ url: chrome.runtime.getURL("ui/welcome.html") });
});

chrome.alarms.create(LOCK_ALARM, { periodInMinutes: 1 });
following.resume(); // whatever an earlier life of this worker left
