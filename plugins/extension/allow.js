// Allowances: what a site may be paid without asking, agreed to before anything is asked.
//
// A tag of 2019 of type `maximum` names the most that any page of its site costs. That is the site's word: it fills in what a
// person is asked, and he decides. What he allows bounds each payment, beside the limit of a day; above it he is asked.

import { kindOf, networkName } from "./networks.js";
import { choose } from "./prepare.js";
import { LATER } from "./requests.js";
import { withRelay } from "./servers.js";
import { serverNotices } from "./show.js";
import { plain, readUnits, showAmount } from "./text.js";
import { turns } from "./turns.js";

/**
 * @typedef {import("./requests.js").From} From
 * @typedef {{most?: string, limit?: string}} Typed as a person typed it
 */

const HBAR = "0.0.0";
const DAY = 10n; // pages a day, until somebody says otherwise
const KEPT = 100; // sites whose word is remembered

export class Allowances {
  #parts;
  #turn = turns();

  /** @param {{book: import("./book.js").Book, sites: import("./sites.js").Sites, asks: import("./asks.js").Asks, fleeting: import("./vault.js").Area}} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  /** The most a page costs, as the site says: tinybars, or null where it said nothing. @param {string} origin @returns {Promise<string | null>} */
  async named(origin) {
    return (await this.#parts.fleeting.get("named")).named?.[origin] ?? null;
  }

  /** @param {string} origin @param {bigint} total */
  name(origin, total) {
    return this.#turn(async () => {
      const { [origin]: _, ...others } = (await this.#parts.fleeting.get("named")).named ?? {};
      const named = Object.entries({ ...others, [origin]: String(total) }).slice(-KEPT);
      await this.#parts.fleeting.set({ named: Object.fromEntries(named) });
    });
  }

  /** Ask its person what this site may do. @param {From} from @param {import("./tag.js").Tag} tag */
  async request(from, { wish: { server }, total }) {
    const { book, sites, asks } = this.#parts;
    const networks = await withRelay(server, (relay) => relay.networks());
    const { network, account } = choose(networks.map((one) => one.network).filter((one) => one.startsWith("hedera:")), await book.all());
    const [site, kind, asset] = [await sites.find(from.origin), kindOf(network, HBAR), `${network}/${HBAR}`];
    const { host } = new URL(server);
    /** @type {import("./show.js").View} */
    const view = {
      kind: "allowance", origin: from.origin, title: "Pay this site without asking", amount: `up to ${showAmount(total, kind)} a page`,
      rows: [
        ["From", [{ mono: account.account ?? "", note: plain(account.name, 40) }]],
        ["Network", plain(networkName(network), 80)],
        ["Payment server", [{ mono: host }]],
      ],
      notices: [{ tone: "info", text: `That a page costs at most ${showAmount(total, kind)} is what the site says. Above what you allow here, you are asked.` }, ...serverNotices(server, site)],
      digest: `allow ${asset} ${server}`, until: null, source: "Nothing is paid now. You can change this at any time under Sites.",
      always: { asset, amount: String(total), decimals: kind.decimals, symbol: kind.symbol, limit: site.limits[asset] ?? String(total * DAY), most: site.most?.[asset] ?? String(total) },
    };
    await asks.open({ origin: from.origin, request: from.key, tab: from.tab, view, kind: "allowance", work: { server } });
    return LATER;
  }

  /** Somebody said yes, to these amounts. @param {import("./asks.js").Ask} ask @param {Typed} typed */
  async approved(ask, typed) {
    const change = await allowance(this.#parts.sites, ask, ask.work.server, typed, 1n);
    await this.#parts.sites.change(ask.origin, change);
    return { allowed: true };
  }
}

/**
 * What "without asking from now on, so much each and so much in 24 hours" comes to; throws where it would not cover what is asked now.
 * @param {import("./sites.js").Sites} sites @param {import("./asks.js").Ask} ask @param {string} server @param {Typed} typed @param {bigint} least units
 * @returns {Promise<Partial<import("./policy.js").Site>>}
 */
export async function allowance(sites, ask, server, { limit = "", most = "" }, least) {
  const { always } = ask.view;
  const [day, each] = [limit, most].map((text) => (always ? readUnits(text, always.decimals) : null));
  const refuse = (/** @type {string} */ message) => Object.assign(new Error(message), { code: "limit" });
  if (!always || day === null || day < least) throw refuse("The limit for a day has to cover this payment.");
  if (most && (each === null || each < least)) throw refuse("What one payment may cost has to cover this one.");
  if (each !== null && each > day) throw refuse("The limit for a day has to cover one payment.");
  const site = await sites.find(ask.origin);
  const { [always.asset]: _, ...bounds } = site.most ?? {};
  return {
    consent: "always", server, limits: { ...site.limits, [always.asset]: String(day) },
    most: each === null ? bounds : { ...bounds, [always.asset]: String(each) },
  };
}
