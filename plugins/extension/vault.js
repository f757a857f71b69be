// The vault: private keys at rest, opened by a passphrase and closed again after a while.
//
//   passphrase ──PBKDF2-SHA256, 600,000 rounds──▶ key ──AES-256-GCM──▶ {account id: private key as hex}
//
// The sealed box is on disk. The key that opens it is in `fleeting`, which is memory of the browser that pages cannot
// read and that is gone when the browser ends: a service worker is stopped after seconds of silence, and must not ask for
// the passphrase each time. Opened keys are in the worker only, for as long as one signature takes.

export const ITERATIONS = 600_000; // OWASP, Password Storage Cheat Sheet, PBKDF2-HMAC-SHA256
export const SHORTEST = 8; // characters of a passphrase
const CONTEXT = new TextEncoder().encode("relay wallet, vault 1"); // authenticated with the box: it opens as nothing else
const LONGEST_BACKUP = 1 << 20;

/**
 * @typedef {object} Area as `chrome.storage.local` and `.session` have it
 * @property {(key: string) => Promise<Record<string, any>>} get
 * @property {(entries: Record<string, unknown>) => Promise<void>} set
 * @property {(key: string) => Promise<void>} remove
 *
 * @typedef {{version: 1, iterations: number, salt: string, iv: string, sealed: string}} Box bytes as base64
 */

export class WrongPassphrase extends Error {
  name = "WrongPassphrase";
  constructor() {
    super("That is not the passphrase.");
  }
}

export class Locked extends Error {
  name = "Locked";
  constructor() {
    super("The wallet is locked.");
  }
}

export class Vault {
  #kept;
  #fleeting;
  #now;

  /** @param {Area} kept on disk @param {Area} fleeting in memory @param {() => number} [now] */
  constructor(kept, fleeting, now = Date.now) {
    this.#kept = kept;
    this.#fleeting = fleeting;
    this.#now = now;
  }

  async exists() {
    return (await this.#box()) !== undefined;
  }

  /** An empty vault, open. Refuses where there is one. @param {string} passphrase */
  async create(passphrase) {
    if (await this.exists()) throw new Error("There is a vault already.");
    await this.#renew(passphrase, {});
  }

  /** Throws `WrongPassphrase`. @param {string} passphrase */
  async unlock(passphrase) {
    const box = await this.#mustBox();
    const key = await stretch(passphrase, box);
    await open(box, key);
    await this.#keep(key);
  }

  async lock() {
    await this.#fleeting.remove("opened");
  }

  async isOpen() {
    return (await this.#opened()) !== undefined;
  }

  /** The person is here: the time to lock starts anew. */
  async touch() {
    const opened = await this.#opened();
    if (opened) await this.#fleeting.set({ opened: { ...opened, at: this.#now() } });
  }

  /** Lock when nobody was here for that long; true when it is locked now. @param {number} minutes */
  async lockAfter(minutes) {
    const opened = await this.#opened();
    if (opened && this.#now() - opened.at < minutes * 60_000) return false;
    await this.lock();
    return true;
  }

  /** One private key, 32 bytes. Throws `Locked`. @param {string} id */
  async secret(id) {
    const found = (await this.#secrets())[id];
    if (!found) throw new Error("The wallet has no key for this account.");
    return fromHex(found);
  }

  /** @param {string} id @param {Uint8Array} secret */
  async put(id, secret) {
    await this.#change((secrets) => ({ ...secrets, [id]: toHex(secret) }));
  }

  /** @param {string} id */
  async remove(id) {
    await this.#change(({ [id]: _, ...rest }) => rest);
  }

  /** A key for its owner to write down; asks the passphrase again. @param {string} id @param {string} passphrase */
  async reveal(id, passphrase) {
    const box = await this.#mustBox();
    return (await open(box, await stretch(passphrase, box)))[id];
  }

  /** @param {string} old @param {string} passphrase */
  async changePassphrase(old, passphrase) {
    const box = await this.#mustBox();
    await this.#renew(passphrase, await open(box, await stretch(old, box)));
  }

  /** The box as it is on disk: worth nothing without the passphrase. @returns {Promise<Box>} */
  backup() {
    return this.#mustBox();
  }

  /** Take over a box and open it. Refuses where there is one. @param {unknown} box @param {string} passphrase */
  async restore(box, passphrase) {
    if (await this.exists()) throw new Error("There is a vault already.");
    if (!isBox(box)) throw new Error("This is not a backup of this wallet.");
    const key = await stretch(passphrase, box);
    await open(box, key);
    await this.#kept.set({ vault: box });
    await this.#keep(key);
  }

  /** @param {(secrets: Record<string, string>) => Record<string, string>} change */
  async #change(change) {
    const [box, key] = [await this.#mustBox(), await this.#key()];
    await this.#kept.set({ vault: await seal(change(await open(box, key)), key, box) });
  }

  async #secrets() {
    return open(await this.#mustBox(), await this.#key());
  }

  /** A box under a fresh salt. @param {string} passphrase @param {Record<string, string>} secrets */
  async #renew(passphrase, secrets) {
    if (passphrase.length < SHORTEST) throw new Error(`A passphrase has at least ${SHORTEST} characters.`);
    const head = { iterations: ITERATIONS, salt: toBase64(crypto.getRandomValues(new Uint8Array(16))) };
    const key = await stretch(passphrase, head);
    await this.#kept.set({ vault: await seal(secrets, key, head) });
    await this.#keep(key);
  }

  /** @param {CryptoKey} key */
  async #keep(key) {
    const raw = new Uint8Array(await crypto.subtle.exportKey("raw", key));
    await this.#fleeting.set({ opened: { key: toBase64(raw), at: this.#now() } });
  }

  async #key() {
    const opened = await this.#opened();
    if (!opened) throw new Locked();
    return crypto.subtle.importKey("raw", fromBase64(opened.key), "AES-GCM", false, ["encrypt", "decrypt"]);
  }

  /** @returns {Promise<{key: string, at: number} | undefined>} */
  async #opened() {
    return (await this.#fleeting.get("opened")).opened;
  }

  /** @returns {Promise<Box | undefined>} */
  async #box() {
    return (await this.#kept.get("vault")).vault;
  }

  async #mustBox() {
    const box = await this.#box();
    if (!box) throw new Error("There is no vault yet.");
    return box;
  }
}

/** @param {string} passphrase @param {{iterations: number, salt: string}} head */
async function stretch(passphrase, { iterations, salt }) {
  const text = new TextEncoder().encode(passphrase.normalize("NFKC")); // one passphrase, whichever keyboard typed it
  const weak = await crypto.subtle.importKey("raw", text, "PBKDF2", false, ["deriveKey"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt: fromBase64(salt), iterations };
  return crypto.subtle.deriveKey(how, weak, { name: "AES-GCM", length: 256 }, true, ["encrypt", "decrypt"]);
}

/**
 * @param {Record<string, string>} secrets @param {CryptoKey} key @param {{iterations: number, salt: string}} head
 * @returns {Promise<Box>}
 */
async function seal(secrets, key, { iterations, salt }) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const plain = new TextEncoder().encode(JSON.stringify(secrets));
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: CONTEXT }, key, plain);
  return { version: 1, iterations, salt, iv: toBase64(iv), sealed: toBase64(new Uint8Array(sealed)) };
}

/** @param {Box} box @param {CryptoKey} key @returns {Promise<Record<string, string>>} */
async function open({ iv, sealed }, key) {
  const how = { name: "AES-GCM", iv: fromBase64(iv), additionalData: CONTEXT };
  let plain;
  try {
    plain = await crypto.subtle.decrypt(how, key, fromBase64(sealed));
  } catch {
    throw new WrongPassphrase(); // or a box somebody changed, which looks the same
  }
  return JSON.parse(new TextDecoder().decode(plain));
}

/** A box that is safe to try: somebody else may have made the file. @param {any} box @returns {box is Box} */
function isBox(box) {
  const texts = [box?.salt, box?.iv, box?.sealed];
  const good = texts.every((text) => typeof text === "string" && /^[A-Za-z0-9+/]+=*$/.test(text) && text.length < LONGEST_BACKUP);
  return good && box.version === 1 && box.iterations >= ITERATIONS && box.iterations <= 20 * ITERATIONS;
}

/** @param {Uint8Array} bytes */
export const toBase64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
/** @param {string} text */
export const fromBase64 = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
/** @param {Uint8Array} bytes */
const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
/** @param {string} text */
const fromHex = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
