// The book of accounts: their public sides, which of them pays first, and the vault that holds their keys.

import { accountOf, developmentAccounts, DEVNET, EVM, newSecret, readPrivateKey, requireHederaAccount, UnreadableKey } from "./accounts.js";
import { turns } from "./turns.js";

/** @typedef {import("./accounts.js").Account} Account */

export class Book {
  #area;
  #vault;
  #turn = turns();

  /** @param {import("./vault.js").Area} area on disk @param {import("./vault.js").Vault} vault */
  constructor(area, vault) {
    this.#area = area;
    this.#vault = vault;
  }

  /** Those that pay first come first. @returns {Promise<Account[]>} */
  async all() {
    return (await this.#area.get("accounts")).accounts ?? [];
  }

  /** @param {string} id */
  async find(id) {
    const found = (await this.all()).find((account) => account.id === id);
    if (!found) throw new Error("The wallet has no such account.");
    return found;
  }

  /** @param {{name: string, network: string, account: string | null, keyType: import("./accounts.js").KeyType}} wish */
  async create(wish) {
    return this.#add({ ...wish, account: wish.account || null }, newSecret(wish.keyType));
  }

  /** @param {{name: string, network: string, account: string | null, keyType: import("./accounts.js").KeyType, privateKey: string}} wish */
  async import({ privateKey, ...wish }) {
    const { keyType, secret } = await readPrivateKey(privateKey, wish.keyType);
    return this.#add({ ...wish, keyType, account: wish.account || null }, secret);
  }

  async addDevelopment() {
    const added = [];
    for (const { wish, secret } of await developmentAccounts()) {
      const [account, all] = [await accountOf(wish, secret), await this.all()];
      if (all.some((one) => one.network === account.network && one.account === account.account)) continue;
      added.push(await this.#add(wish, secret));
    }
    return added;
  }

  /** The number Hedera gave to a key that was made here. @param {string} id @param {string} account */
  number(id, account) {
    return this.#change((all) => all.map((one) => (one.id === id && one.account === null ? { ...one, account: requireHederaAccount(account) } : one)));
  }

  /** This one pays where several could. @param {string} id */
  prefer(id) {
    return this.#change((all) => [...all.filter((one) => one.id === id), ...all.filter((one) => one.id !== id)]);
  }

  /** @param {string} id @param {string} name */
  rename(id, name) {
    return this.#change((all) => all.map((one) => (one.id === id ? { ...one, name: name.slice(0, 40) } : one)));
  }

  /** The key goes too, for good; so the passphrase is asked. @param {string} id @param {string} passphrase */
  async remove(id, passphrase) {
    await this.#vault.reveal(id, passphrase);
    await this.#vault.remove(id);
    await this.#change((all) => all.filter((one) => one.id !== id));
  }

  /** What a backup file holds. */
  async backup() {
    return { format: "relay-wallet", version: 1, accounts: await this.all(), vault: await this.#vault.backup() };
  }

  /** @param {any} file @param {string} passphrase */
  async restore(file, passphrase) {
    const whole = file?.format === "relay-wallet" && file.version === 1 && Array.isArray(file.accounts) && file.accounts.length <= 200;
    if (!whole) throw new Error("This is not a backup of this wallet.");
    await this.#vault.restore(file.vault, passphrase);
    // The public sides are made anew from the keys: the file could say that a key is another's.
    const accounts = [];
    for (const { id, name, network, account, keyType, development } of file.accounts) {
      const made = await accountOf({ name: String(name).slice(0, 40), network, account, keyType, development: development === true }, await this.#vault.secret(id));
      accounts.push({ ...made, id });
    }
    await this.#area.set({ accounts });
  }

  /** @param {Parameters<typeof accountOf>[0]} wish @param {Uint8Array} secret */
  async #add(wish, secret) {
    const account = await accountOf(wish, secret);
    return this.#turn(async () => {
      const all = await this.all();
      refuseShared(account, all);
      await this.#vault.put(account.id, secret);
      await this.#area.set({ accounts: [...all, account] });
      return account;
    });
  }

  /** @param {(all: Account[]) => Account[]} change */
  #change(change) {
    return this.#turn(async () => this.#area.set({ accounts: change(await this.all()) }));
  }
}

/**
 * A signed Hedera transfer does not say which network it is for: a payment on a test network could be executed on the
 * real one where a key is used on both.
 * @param {Account} account @param {Account[]} all
 */
function refuseShared(account, all) {
  const same = all.filter((one) => one.publicKey === account.publicKey && one.keyType === account.keyType);
  if (same.some((one) => one.network === account.network && one.account === account.account)) {
    throw new UnreadableKey("The wallet has this account already.");
  }
  if (account.network !== EVM && account.network !== DEVNET && same.some((one) => one.network !== EVM && one.network !== account.network)) {
    throw new UnreadableKey("This key is in use on another Hedera network. A payment there could be repeated here: use one key per network.");
  }
}
