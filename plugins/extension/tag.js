// The tag of 2019, `<hedera-micropayment>`, as a wish. The client reads its attributes; what a page asks is believed in nothing:
// what is paid is shown or within a limit a person set, and only through the server this site is known with.

import { readTag as readAttributes } from "./client/elements/tag-2019.js";
import { serverOf } from "./servers.js";

/**
 * @typedef {import("./prepare.js").Wish} Wish
 * @typedef {object} Tag @property {Wish} wish @property {bigint} total @property {number | null} time
 * @property {import("./client/elements/tag-2019.js").Redirects} redirect
 * @property {"charge" | "maximum" | "402"} type `402` also on the page for who did not pay: nothing is charged there
 */

const LONGEST_ID = 200;

export class BadTag extends Error {
  name = "BadTag";
  code = "bad_tag";
}

/**
 * @param {Record<string, unknown>} data the tag's dataset
 * @param {{path: string}} at the page
 * @returns {Tag}
 */
export function readTag(data, { path }) {
  const server = serverOf(data.paymentserver);
  const tag = readAttributes(/** @type {Record<string, string>} */ (Object.fromEntries(Object.entries(data).filter(([, value]) => typeof value === "string"))));
  if (!tag) throw new BadTag("Its payees, memo or node are not as a payment needs them.");
  const { payTo, memo, total, redirect, time, node = null } = tag;
  const contentId = tag.contentId && tag.contentId.length <= LONGEST_ID ? tag.contentId : path; // the page itself is what is paid for
  const type = tag.type === "charge" && path === redirect.nonPayingAccount ? "402" : tag.type;
  return { wish: { server, network: null, asset: "0.0.0", invoice: null, payTo, memo, contentId, node, most: null }, type, total, time, redirect };
}
