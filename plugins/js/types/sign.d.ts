/**
 * Build, show and sign; whichever chain it is. Nothing is sent.
 * @param {Network} network @param {Invoice | undefined} invoice @param {Ask} ask @param {() => number} now by the relay's clock
 * @returns {Promise<Bytes>}
 */
export function sign(network: Network, invoice: Invoice | undefined, ask: Ask, now: () => number): Promise<Bytes>;
/** The payment did not happen, or (`outcome_unknown`) we could not hear whether it did. */
export class PaymentError extends Error {
    /** @param {string} code a refusal code of the contract, or `declined`, `wallet_refused`, `not_sent`, `outcome_unknown`
     *  @param {string} message @param {{nodePrecheckcode?: number | null, receiptStatus?: number | null}} [answer] */
    constructor(code: string, message: string, answer?: {
        nodePrecheckcode?: number | null;
        receiptStatus?: number | null;
    });
    code: string;
    nodePrecheckcode: number | null;
    receiptStatus: number | null;
}
export type Ask = import("./pay.js").Ask;
export type Invoice = import("./pay.js").Invoice;
export type Network = import("./client.js").Network;
export type Offer = {
    asset?: string;
    payTo?: {
        account: string;
        amount: string;
    }[];
    memo?: string;
};
/**
 * what was signed, and how long it is good
 */
export type Bytes = {
    transaction: Uint8Array | import("./pay.js").Authorization;
    scheme?: "exact" | undefined;
    transactionId: string;
    /**
     * milliseconds, by the relay's clock
     */
    validUntil: number;
};
