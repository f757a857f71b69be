// Text a page wants signed (EIP-191 `personal_sign`): shown whole, and never a sign-in to somewhere else.
//
// Whoever holds a signed sign-in is signed in. So a text that is one (EIP-4361) must name the site that asks for it. One
// exception: the text by which a payment server gives an access token again, of the server this site is paid through.

import { keccak_256 } from "./client/vendor/noble/sha3.js";
import { fromHex } from "./client/typed-data.js";
import { isOdd } from "./text.js";
import { Unshowable } from "./typed.js";

const LONGEST = 4096;
const SIGN_IN = /wants you to sign in with your/i;
const SHAPE = /^(?:https?:\/\/)?(\S+) wants you to sign in with your \w+ account:\n(\S+)\n/;
const RESTORE = "/v1/access/restore";

export class WrongDomain extends Error {
  name = "WrongDomain";
  code = 4001;
}

/**
 * @param {unknown} given text, or its bytes as 0x-hex, as pages send it
 * @param {{origin: string, server: string | null, account: string}} by
 * @returns {{text: string, signIn: boolean}}
 */
export function readMessage(given, { origin, server, account }) {
  const text = textOf(given);
  if (isOdd(text)) throw new Unshowable("The text has characters that do not show, or turn its direction. It is not signed.");
  if (!SIGN_IN.test(text)) return { text, signIn: false };
  const { domain, uri } = signInOf(text, account);
  const here = domain === new URL(origin).host && sameOrigin(uri, origin);
  if (!here && !isRestore(domain, uri, server)) {
    throw new WrongDomain(`The text would sign you in to ${domain.slice(0, 80)}, not to this site. It is not signed.`);
  }
  return { text, signIn: true };
}

/**
 * A payment server's own text for access again, and nothing else it might write. Throws.
 * @param {string} text @param {{server: string, account: string}} by
 */
export function readRestore(text, { server, account }) {
  if (isOdd(text)) throw new Unshowable("The payment server asks to sign what cannot be shown.");
  const { domain, uri } = signInOf(text, account);
  if (!isRestore(domain, uri, server)) throw new WrongDomain("The payment server asks to sign something else.");
}

/** Whose sign-in a text is, and for what. @param {string} text @param {string} account */
function signInOf(text, account) {
  const found = SHAPE.exec(text);
  const uri = /^URI: (\S+)$/m.exec(text)?.[1];
  if (!found || !uri) throw new Unshowable("The text looks like a sign-in and is not written as one. It is not signed.");
  const [, domain, named] = found;
  if (named.toLowerCase() !== account.toLowerCase()) throw new WrongDomain("The text is a sign-in of another account.");
  return { domain, uri };
}

/** @param {string} domain @param {string} uri @param {string | null} server */
const isRestore = (domain, uri, server) => server !== null && domain === new URL(server).host && uri === server + RESTORE;

/** What a key signs for a text (EIP-191, version 0x45). @param {string} text */
export function hashMessage(text) {
  const bytes = new TextEncoder().encode(text);
  const head = new TextEncoder().encode(`\x19Ethereum Signed Message:\n${bytes.length}`);
  return keccak_256(Uint8Array.of(...head, ...bytes));
}

/** @param {unknown} given */
function textOf(given) {
  if (typeof given !== "string" || given.length > 2 * LONGEST + 2) throw new Unshowable("That is too much to show.");
  if (!/^0x([0-9a-fA-F]{2})*$/.test(given)) return bounded(given);
  try {
    return bounded(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(fromHex(given)));
  } catch {
    throw new Unshowable("These bytes are no text, so they cannot be shown. They are not signed.");
  }
}

/** @param {string} text */
function bounded(text) {
  if (text.length === 0 || text.length > LONGEST) throw new Unshowable("The text is empty or too long to show.");
  return text;
}

/** @param {string} uri @param {string} origin */
function sameOrigin(uri, origin) {
  try {
    return new URL(uri).origin === origin;
  } catch {
    return false;
  }
}
