// What people read: amounts, and text of strangers with everything taken out that could make it look like something else.

const HBAR = "ℏ";

/**
 * Units for people, exact and with nothing cut off: `showUnits("150000000", 8)` is `1.5`.
 * @param {string | bigint} units @param {number} decimals
 */
export function showUnits(units, decimals) {
  const sign = String(units).startsWith("-") ? "−" : "";
  const digits = String(units).replace("-", "").padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals).replace(/\B(?=(\d{3})+$)/g, ",");
  const part = digits.slice(digits.length - decimals).replace(/0+$/, "");
  return sign + (part ? `${whole}.${part}` : whole);
}

/** @typedef {{symbol: string, decimals: number}} Kind */

/** @param {string | bigint} units @param {Kind} kind */
export const showAmount = (units, { symbol, decimals }) =>
  `${showUnits(units, decimals)}\u00a0${symbol === "HBAR" ? HBAR : symbol}`;

/**
 * What somebody typed, in smallest units: `readUnits("1.5", 8)` is 150000000n. Null for anything else.
 * @param {string} text @param {number} decimals
 */
export function readUnits(text, decimals) {
  const found = /^(\d{1,15})(?:[.,](\d{1,18}))?$/.exec(text.trim());
  if (!found || (found[2] ?? "").length > decimals) return null;
  return BigInt(found[1] + (found[2] ?? "").padEnd(decimals, "0"));
}

// Controls, invisible and direction-changing characters, line separators, private use, lone surrogates; and digits of
// other scripts, which look like ours. Shown as what they are: \u{202e}.
const ODD = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}\p{Cn}]|(?![0-9])\p{Nd}|[\u115f\u1160\u3164\uffa0\u2800]/gu;
const MARKS = /(\p{M}{3})\p{M}+/gu; // towers of accents reach over the lines above

/**
 * Text of a stranger on one line. It never hides anything: what is cut off is counted, what is odd is spelled.
 * @param {unknown} text @param {number} [longest]
 */
export function plain(text, longest = 200) {
  const letters = [...String(text ?? "")];
  const rest = letters.length - longest;
  const shown = letters.slice(0, longest).join("").replace(ODD, spelled).replace(MARKS, "$1");
  return rest > 0 ? `${shown}… (${rest} more characters)` : shown;
}

/** Whether `plain` would change it. @param {string} text */
export const isOdd = (text) => text.replaceAll("\n", " ").search(ODD) >= 0;

/** @param {string} letter */
const spelled = (letter) => `\\u{${letter.codePointAt(0)?.toString(16)}}`;

/** An address in as many letters as people compare. @param {string} account */
export const shorten = (account) => (/^0x[0-9a-fA-F]{40}$/.test(account) ? `${account.slice(0, 8)}…${account.slice(-6)}` : account);

/** @param {number} time milliseconds */
export const showTime = (time) =>
  new Date(time).toLocaleString([], { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
