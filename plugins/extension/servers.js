// Payment servers: which addresses may be one, and one connection per payment.

import { connect } from "./client/client.js";

const HERE = new Set(["localhost", "127.0.0.1", "[::1]"]);

export class BadServer extends Error {
  name = "BadServer";
  code = "invalid_request";
}

/**
 * The origin of a payment server: https, or http on this machine (development). Nothing else is ever connected to.
 * @param {unknown} text
 */
export function serverOf(text) {
  let url;
  try {
    url = new URL(String(text));
  } catch {
    throw new BadServer("The page names no payment server.");
  }
  if (url.username || url.password) throw new BadServer("A payment server's address has no name and password in it.");
  if (url.protocol === "https:" || (url.protocol === "http:" && HERE.has(url.hostname))) return url.origin;
  throw new BadServer(`${url.protocol}//${url.host} is not https. The wallet does not talk to it.`);
}

/** Pages the wallet serves, by the same rule. @param {string | undefined} origin */
export function isSafeOrigin(origin) {
  try {
    return origin !== undefined && serverOf(origin) === origin;
  } catch {
    return false;
  }
}

/**
 * With a connection that is closed afterwards, however it ended.
 * @template T @param {string} server @param {(relay: ReturnType<typeof connect>) => Promise<T>} act @returns {Promise<T>}
 */
export async function withRelay(server, act) {
  const relay = connect(serverOf(server));
  try {
    return await act(relay);
  } finally {
    relay.close();
  }
}
