// Sites: what each may do without asking, and what that came to in the last 24 hours.

import { ask, attempt, el } from "./dom.js";
import { kindOf, networkName } from "../networks.js";
import { readUnits, showAmount, showUnits } from "../text.js";

/** @typedef {{origin: string, consent: string, server: string | null, accounts: string[], limits: {asset: string, limit: string, spent: string}[], most?: Record<string, string>}} Site */

const CONSENTS = [["ask", "Ask each time"], ["always", "Pay without asking, within the limit"], ["never", "Never pay, never ask"]];

/** @param {unknown} _ @param {() => Promise<void>} again @returns {Promise<Node[]>} */
export async function sitesView(_, again) {
  /** @type {Site[]} */ const sites = await ask("sites");
  const [tab] = await chrome.tabs.query({ active: true, currentWindow: true });
  const here = tab?.id === undefined ? null : await ask("tab.origin", { tab: tab.id });
  if (sites.length === 0) return [el("div", { className: "empty" }, el("h2", {}, "No site yet"), el("p", {}, "Sites you pay or connect to appear here, with what they may do."))];
  return sites.sort((a, b) => Number(b.origin === here) - Number(a.origin === here)).map((site) => card(site, site.origin === here, again));
}

/** @param {Site} site @param {boolean} here @param {() => Promise<void>} again */
function card({ origin, consent, server, accounts, limits, most = {} }, here, again) {
  const choose = el("select", { "aria-label": `What ${origin} may do` }, ...CONSENTS.map(([value, words]) => el("option", { value, selected: value === consent }, words)));
  choose.addEventListener("change", () => ask("site.change", { origin, consent: /** @type {HTMLSelectElement} */ (choose).value }).then(again));
  return el("section", { className: "card stack", "data-origin": origin },
    el("div", { className: "row" }, el("h2", { className: "mono grow" }, origin), here ? el("span", { className: "tag good" }, "open now") : null),
    choose,
    ...limits.flatMap((one) => [limit(origin, one, limits, again), ...bound(origin, one.asset, most, again)]),
    consent === "always" && limits.length === 0 ? el("p", { className: "small soft" }, "No limit is set yet, so it still asks.") : null,
    el("p", { className: "small soft" }, server ? `Paid through ${new URL(server).host}` : "No payment server yet"),
    el("div", { className: "row" },
      accounts.length ? el("button", { className: "plain", onclick: () => ask("site.disconnect", { origin }).then(again) }, "Disconnect addresses") : null,
      el("button", { className: "plain danger", onclick: () => ask("site.forget", { origin }).then(again) }, "Forget this site")));
}

/** @param {string} origin @param {Site["limits"][number]} one @param {Site["limits"]} all @param {() => Promise<void>} again */
function limit(origin, { asset, limit: units, spent }, all, again) {
  const [network, id] = asset.split(/\/(.*)/s);
  const kind = kindOf(network, id);
  const error = el("p", { className: "error", role: "alert" });
  const field = /** @type {HTMLInputElement} */ (el("input", { value: showUnits(units, kind.decimals).replaceAll(",", ""), inputMode: "decimal" }));
  const save = /** @type {HTMLButtonElement} */ (el("button", {}, "Save"));
  const used = BigInt(units) > 0n ? Math.min(100, Number((BigInt(spent) * 100n) / BigInt(units))) : 100;
  return el("form", {
    className: "stack",
    onsubmit: (/** @type {Event} */ event) => {
      event.preventDefault();
      attempt(error, save, async () => {
        const changed = readUnits(field.value, kind.decimals);
        if (changed === null) throw new Error(`Write an amount such as ${showUnits(10n ** BigInt(kind.decimals), kind.decimals)}.`);
        await ask("site.change", { origin, limits: Object.fromEntries(all.map((other) => [other.asset, other.asset === asset ? String(changed) : other.limit])) });
        await again();
      });
    },
  }, el("p", { className: "small" }, `${showAmount(spent, kind)} of ${showAmount(units, kind)} in the last 24 hours · ${networkName(network)}`),
  el("div", { className: "meter", role: "img", "aria-label": `${used} percent of the limit` }, el("span", { style: `width:${used}%` })),
  el("div", { className: "row" }, el("label", { className: "field grow" }, "Limit in 24 hours", field), save), error);
}

/** The most of one payment, where it was agreed to. @param {string} origin @param {string} asset @param {Record<string, string>} most @param {() => Promise<void>} again */
function bound(origin, asset, most, again) {
  const { [asset]: units, ...others } = most;
  if (units === undefined) return [];
  const [network, id] = asset.split(/\/(.*)/s);
  return [el("div", { className: "row" }, el("p", { className: "small grow" }, `One payment: at most ${showAmount(units, kindOf(network, id))}; above it you are asked.`),
    el("button", { className: "plain", onclick: () => ask("site.change", { origin, most: others }).then(again) }, "Only the day's limit"))];
}
