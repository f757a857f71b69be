// What the wallet's own pages ask of its worker. Nothing here answers a website: see `doors.js`.

import { allowance } from "./allow.js";
import { connect } from "./client/client.js";
import { EVM } from "./accounts.js";
import { told } from "./requests.js";
import { spent } from "./policy.js";
import { serverOf } from "./servers.js";

/**
 * @typedef {object} Parts
 * @property {import("./vault.js").Vault} vault @property {import("./book.js").Book} book
 * @property {import("./sites.js").Sites} sites @property {import("./history.js").History} history
 * @property {import("./asks.js").Asks} asks @property {import("./follow.js").Following} following
 * @property {import("./payments.js").Payments} payments @property {import("./evm.js").Evm} evm
 * @property {import("./restore.js").Restores} restores @property {import("./allow.js").Allowances} allowances
 * @property {import("./settings.js").SettingsStore} settings @property {import("./vault.js").Area} fleeting
 * @property {(key: string, answer: import("./requests.js").Answer) => Promise<void>} answer
 * @property {(tab: number | null, state: import("./icon.js").IconState) => void} paint
 */

const BALANCE_MS = 6_000;

/** @param {Parts} parts @returns {Record<string, (given: any) => Promise<any>>} */
export function ownPages(parts) {
  const { vault, book, sites, history, asks, following, evm, settings } = parts;
  return {
    state: async () => ({
      exists: await vault.exists(), open: await vault.isOpen(), settings: await settings.all(),
      accounts: await book.all(), asks: (await asks.all()).map(({ id, origin }) => ({ id, origin })),
    }),
    create: async ({ passphrase }) => vault.create(passphrase),
    unlock: async ({ passphrase }) => vault.unlock(passphrase),
    lock: async () => vault.lock(),
    passphrase: async ({ old, passphrase }) => vault.changePassphrase(old, passphrase),
    backup: async () => book.backup(),
    restore: async ({ file, passphrase }) => book.restore(file, passphrase),
    touch: async () => vault.touch(),

    "account.create": async (wish) => book.create(wish),
    "account.import": async (wish) => book.import(wish),
    "account.development": async () => book.addDevelopment(),
    "account.number": async ({ id, account }) => book.number(id, account),
    "account.prefer": async ({ id }) => book.prefer(id),
    "account.rename": async ({ id, name }) => book.rename(id, name),
    "account.remove": async ({ id, passphrase }) => book.remove(id, passphrase),
    "account.reveal": async ({ id, passphrase }) => vault.reveal(id, passphrase),

    settings: async (change) => settings.change({ ...change, ...(change.server && { server: serverOf(change.server) }) }),
    balance: async ({ id }) => balance(await book.find(id), await servers(parts)),

    history: async () => (await history.all()).map(shown),
    payment: async ({ id }) => {
      const payment = await history.find(id);
      return payment ? shown(payment) : null;
    },
    "history.look": async ({ id }) => {
      const payment = await history.find(id);
      if (payment?.signed) await following.follow(payment);
    },

    sites: async () => {
      const [all, payments] = [await sites.all(), await history.all()];
      const limits = (/** @type {string} */ origin, /** @type {Record<string, string>} */ list) =>
        Object.entries(list).map(([asset, limit]) => ({ asset, limit, spent: String(spent(origin, asset, payments, Date.now())) }));
      return Object.entries(all).map(([origin, site]) => ({ origin, ...site, limits: limits(origin, site.limits) }));
    },
    "tab.origin": async ({ tab }) => (await parts.fleeting.get("tabs")).tabs?.[tab] ?? null,
    "site.change": async ({ origin, consent, limits, most }) => sites.change(origin, { ...(consent && { consent }), ...(limits && { limits }), ...(most && { most }) }),
    "site.disconnect": async ({ origin }) => evm.disconnect(origin),
    "site.forget": async ({ origin }) => sites.forget(origin),

    ask: async ({ id }) => (await asks.find(id))?.view ?? null,
    decide: async (given) => decide(parts, given),
  };
}

/**
 * A person's answer to an ask. `digest` names what he was shown. A payment comes back as `{payment}`, or as `{changed}`
 * where what is asked is no longer what he was shown.
 * @param {Parts} parts @param {{id: string, digest: string, choice: import("./asks.js").Choice, limit?: string, most?: string, accounts?: string[]}} given
 */
async function decide({ asks, sites, payments, evm, restores, allowances, vault, answer, paint }, { id, digest, choice, accounts = [], ...typed }) {
  const ask = await asks.find(id);
  if (!ask) throw Object.assign(new Error("This was answered already."), { code: "answered" });
  await vault.touch();
  if (choice === "deny" || choice === "never") {
    if (choice === "never") await sites.change(ask.origin, { consent: "never" });
    return deny({ asks, answer, paint }, id);
  }
  if (digest !== ask.view.digest) throw Object.assign(new Error("What was shown is not what would be signed."), { code: "changed" });
  if (ask.kind === "payment") {
    const allowed = choice === "always" ? await allowance(sites, ask, ask.work.prepared.server, typed, BigInt(ask.view.always?.amount ?? 0)) : null;
    const done = await payments.approved(ask, digest);
    if ("payment" in done && allowed) await sites.change(ask.origin, allowed);
    return done;
  }
  const result = await approved({ restores, evm, allowances }, ask, accounts, typed);
  if (await asks.take(id)) await answer(ask.request, { result });
  return null;
}

/** @param {Pick<Parts, "restores" | "evm" | "allowances">} parts @param {import("./asks.js").Ask} ask @param {string[]} accounts @param {import("./allow.js").Typed} typed */
function approved({ restores, evm, allowances }, ask, accounts, typed) {
  if (ask.kind === "restore") return restores.approved(ask);
  return ask.kind === "allowance" ? allowances.approved(ask, typed) : evm.approved(ask, accounts);
}

/** Without what opens doors: neither bytes nor tokens are for the eye. @param {import("./history.js").Payment} payment */
const shown = ({ signed: _, token: __, event, ...rest }) => ({ ...rest, event: event && { payment: event.payment } });

/** A no, by a button or a closed window. Safe to repeat. @param {Pick<Parts, "asks" | "answer" | "paint">} parts @param {string} id */
export async function deny({ asks, answer, paint }, id) {
  const ask = await asks.take(id);
  if (!ask) return null;
  const error = ask.kind === "payment" || ask.kind === "allowance" ? { code: "declined", message: ask.kind === "payment" ? "The payment was declined." : "You will be asked each time." } : { code: 4001, message: "Declined in the wallet." };
  await answer(ask.request, { error: told(error) });
  if (ask.kind === "payment") paint(ask.tab, "refused");
  return null;
}

/** Payment servers this wallet has paid through, and the one its owner chose. @param {Parts} parts */
async function servers({ sites, settings }) {
  const known = Object.values(await sites.all()).map(({ server }) => server);
  return [...new Set([(await settings.all()).server, ...known])].filter((server) => server !== null);
}

/** HBAR of an account, told by a payment server that speaks its network; null where nobody can tell. @param {import("./accounts.js").Account} account @param {string[]} from */
async function balance({ network, account }, from) {
  if (network === EVM || account === null) return null;
  for (const server of from) {
    const relay = connect(server);
    try {
      const up = new Promise((resolve) => relay.on("state", (state) => state === "online" && resolve(null)));
      const late = new Promise((_, reject) => setTimeout(() => reject(new Error("late")), BALANCE_MS));
      await Promise.race([up, late]);
      return String(await Promise.race([relay.balance(network, account), late]));
    } catch {
      // the next one may know
    } finally {
      relay.close();
    }
  }
  return null;
}

