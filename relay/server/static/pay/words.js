// Amounts, times and networks in plain words.

const NETWORKS = /** @type {Record<string, string>} */ ({
  "hedera:mainnet": "Hedera", "hedera:testnet": "Hedera testnet", "hedera:previewnet": "Hedera previewnet",
  "hedera:devnet": "Hedera development network", "eip155:1": "Ethereum", "eip155:8453": "Base", "eip155:42161": "Arbitrum",
  "eip155:10": "Optimism", "eip155:137": "Polygon", "eip155:56": "BNB Smart Chain", "eip155:43114": "Avalanche",
  "eip155:295": "Hedera EVM", "eip155:296": "Hedera EVM testnet", "eip155:11155111": "Ethereum Sepolia",
  "eip155:84532": "Base Sepolia", "eip155:31337": "EVM development chain",
});

/** @param {string} id of a network, CAIP-2 */
export const networkName = (id) => NETWORKS[id] ?? id;

/** Units of an asset as people write them, all digits of them. @param {string} units @param {{symbol: string, decimals: number}} kind */
export function amountOf(units, { symbol, decimals }) {
  const digits = units.padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals).replace(/\B(?=(\d{3})+$)/g, "\u202f");
  const part = digits.slice(digits.length - decimals).replace(/0+$/, "");
  return `${whole}${part ? `.${part}` : ""} ${symbol}`;
}

/** A span of time as a clock shows it. @param {number} ms */
export function clock(ms) {
  const seconds = Math.floor(ms / 1000);
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  if (hours >= 48) return `${Math.floor(hours / 24)} days`;
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** A merchant's policy as whoever pays should read it. @param {{partial: string, tolerance: string, overpaymentAbove: string, lateWindow: number}} policy */
export function termsOf({ partial, tolerance, overpaymentAbove, lateWindow }) {
  const percent = (/** @type {string} */ share) => `${Number((Number(share) * 100).toFixed(2))}\u00a0%`;
  return [
    ["Paying in parts", partial === "accept" ? "possible" : "not possible: pay the whole amount at once"],
    ["What may be missing", Number(tolerance) ? `up to ${percent(tolerance)}` : "nothing"],
    ["Paying too much", `the merchant is told when it is over ${percent(overpaymentAbove)}`],
    ["Paying late", lateWindow ? `still counts for ${span(lateWindow)}` : "does not count"],
  ];
}

/** @param {number} seconds */
function span(seconds) {
  const units = /** @type {[number, string][]} */ ([[86_400, "day"], [3_600, "hour"], [60, "minute"], [1, "second"]]);
  const [size, name] = units.find(([each]) => seconds >= each && seconds % each === 0) ?? [1, "second"];
  const count = seconds / size;
  return `${count} ${name}${count === 1 ? "" : "s"}`;
}
