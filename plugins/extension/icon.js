// The icon of a tab, in the four states of 2019: grey, black, green, red. Said in words too, for those who see no colours.

import { turns } from "./turns.js";

/** @typedef {"none" | "asks" | "approved" | "refused"} IconState */

/** @type {Record<IconState, string>} */
const WORDS = {
  none: "This page asks for no payment",
  asks: "This page takes payments; nothing was paid yet",
  approved: "Paid on this page",
  refused: "Not paid on this page: declined or failed",
};
const SIZES = [16, 32];
const turn = turns(); // an icon takes a moment to load, and the last one painted is to stay

/** @param {number | null} tab @param {IconState} state @param {boolean} [waits] whether something waits for an answer */
export async function paint(tab, state, waits = false) {
  if (tab === null) return;
  const path = Object.fromEntries(SIZES.map((size) => [size, `/icons/${state}-${size}.png`]));
  await turn(async () => {
    await chrome.action.setIcon({ tabId: tab, path });
    await chrome.action.setTitle({ tabId: tab, title: `Relay Wallet. ${WORDS[state]}.` });
    await chrome.action.setBadgeText({ tabId: tab, text: waits ? "1" : "" });
  }).catch(() => {}); // the tab is gone
}
