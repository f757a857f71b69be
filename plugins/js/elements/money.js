// Amounts and networks as the elements show them: exact, in the reader's own spelling.

const NETWORKS = /** @type {Record<string, string>} */ ({
  "hedera:mainnet": "Hedera", "hedera:testnet": "Hedera testnet", "hedera:previewnet": "Hedera previewnet",
  "hedera:devnet": "Hedera development network", "eip155:1": "Ethereum", "eip155:8453": "Base", "eip155:42161": "Arbitrum",
  "eip155:10": "Optimism", "eip155:137": "Polygon", "eip155:56": "BNB Smart Chain", "eip155:43114": "Avalanche",
  "eip155:295": "Hedera EVM", "eip155:296": "Hedera EVM testnet", "eip155:11155111": "Ethereum Sepolia",
  "eip155:84532": "Base Sepolia", "eip155:31337": "EVM development chain",
});

/** @param {string} id CAIP-2 */
export const networkName = (id) => NETWORKS[id] ?? id;

/** @typedef {{symbol: string, decimals: number}} Kind */
/** @type {Kind} */ export const HBAR_KIND = { symbol: "HBAR", decimals: 8 };

/**
 * All digits of an amount: `showUnits("150000000", HBAR_KIND, "de")` is `1,5 ℏ`.
 * @param {string | bigint} units @param {Kind} kind @param {string} language
 */
export function showUnits(units, { symbol, decimals }, language) {
  const digits = String(units).padStart(decimals + 1, "0");
  const whole = new Intl.NumberFormat(language).format(BigInt(digits.slice(0, digits.length - decimals)));
  const part = digits.slice(digits.length - decimals).replace(/0+$/, "");
  const point = new Intl.NumberFormat(language).formatToParts(1.1).find(({ type }) => type === "decimal")?.value ?? ".";
  return `${whole}${part && point + part}\u00a0${symbol === "HBAR" ? "ℏ" : symbol}`;
}

/** A price in a currency. @param {{amount: string, currency: string}} price @param {string} language */
export function showPrice({ amount, currency }, language) {
  try {
    return new Intl.NumberFormat(language, { style: "currency", currency }).format(/** @type {any} */ (amount));
  } catch {
    return `${amount} ${currency}`;
  }
}

/**
 * About what units of a coin come to, by what one whole coin is worth.
 * @param {string} units @param {Kind} kind @param {{currency: string, rate: string}} worth @param {string} language
 */
export function showWorth(units, { decimals }, { currency, rate }, language) {
  const value = (Number(units) / 10 ** decimals) * Number(rate);
  try {
    return new Intl.NumberFormat(language, { style: "currency", currency, maximumFractionDigits: value < 0.01 ? 4 : 2 }).format(value);
  } catch {
    return `${value.toFixed(4)} ${currency}`;
  }
}

/**
 * Whether a label such as `0.50 USD` or `5 ℏ` says this amount: a label is a page's word, an invoice the merchant's.
 * @param {string} label @param {string} amount decimal @param {string} unit
 */
export function isSame(label, amount, unit) {
  const found = /^\s*(?:[^\d-]{0,4}?)(\d+(?:\.\d+)?)\s*(\D*)$/.exec(label.replace("ℏ", "HBAR"));
  if (!found) return false;
  const plain = (/** @type {string} */ text) => text.replace(/^0+(?=\d)/, "").replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
  return plain(found[1]) === plain(amount) && (found[2].trim() === "" || found[2].trim().toUpperCase() === unit.toUpperCase());
}

/** `150000000`, 8 → `1.5`. @param {string} units @param {number} decimals */
export function decimal(units, decimals) {
  const digits = units.padStart(decimals + 1, "0");
  return `${digits.slice(0, digits.length - decimals)}.${digits.slice(digits.length - decimals)}`.replace(/(\.\d*?)0*$/, "$1").replace(/\.$/, "");
}
