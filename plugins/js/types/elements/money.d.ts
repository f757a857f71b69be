/**
 * All digits of an amount: `showUnits("150000000", HBAR_KIND, "de")` is `1,5 ℏ`.
 * @param {string | bigint} units @param {Kind} kind @param {string} language
 */
export function showUnits(units: string | bigint, { symbol, decimals }: Kind, language: string): string;
/** A price in a currency. @param {{amount: string, currency: string}} price @param {string} language */
export function showPrice({ amount, currency }: {
    amount: string;
    currency: string;
}, language: string): string;
/**
 * About what units of a coin come to, by what one whole coin is worth.
 * @param {string} units @param {Kind} kind @param {{currency: string, rate: string}} worth @param {string} language
 */
export function showWorth(units: string, { decimals }: Kind, { currency, rate }: {
    currency: string;
    rate: string;
}, language: string): string;
/**
 * Whether a label such as `0.50 USD` or `5 ℏ` says this amount: a label is a page's word, an invoice the merchant's.
 * @param {string} label @param {string} amount decimal @param {string} unit
 */
export function isSame(label: string, amount: string, unit: string): boolean;
/** `150000000`, 8 → `1.5`. @param {string} units @param {number} decimals */
export function decimal(units: string, decimals: number): string;
export function networkName(id: string): string;
/** @typedef {{symbol: string, decimals: number}} Kind */
/** @type {Kind} */ export const HBAR_KIND: Kind;
export type Kind = {
    symbol: string;
    decimals: number;
};
