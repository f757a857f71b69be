/**
 * Resolves with the `payment.settled` event; rejects with a `PaymentError`.
 * @param {Relay} relay @param {Ask} ask
 * @returns {Promise<PaymentEvent>}
 */
export function pay(relay: Relay, ask: Ask): Promise<PaymentEvent>;
/**
 * Hand signed bytes to the relay, again after every lost connection, until their end is known.
 * Safe to repeat with the same `signed`.
 * @param {Relay} relay @param {Signed} signed @param {{onProgress?: (progress: Progress) => void}} [options]
 * @returns {Promise<PaymentEvent>}
 */
export function send(relay: Relay, { network, transaction, scheme, transactionId, validUntil, invoice }: Signed, { onProgress }?: {
    onProgress?: (progress: Progress) => void;
}): Promise<PaymentEvent>;
export { PaymentError };
/**
 * whichever the network needs
 */
export type KeySigner = import("./hedera.js").Signer | import("./eip155.js").EvmSigner;
/**
 * a wallet that builds, shows,
 *   signs and sends by itself
 */
export type WalletSigner = {
    payThrough: (server: string, ask: Omit<Ask, "signer">) => Promise<PaymentEvent>;
};
export type Signer = KeySigner | WalletSigner;
export type Authorization = {
    authorization: Record<string, string>;
    signature: string;
};
export type PaymentEvent = import("./client.js").PaymentEvent;
export type Relay = ReturnType<typeof import("./client.js").connect>;
export type Ask = {
    /**
     * CAIP-2
     */
    network: string;
    /**
     * what `POST /v1/invoices` answered, or `{id, secret}` of it
     */
    invoice?: Invoice | undefined;
    /**
     * without an invoice
     */
    payTo?: {
        account: string;
        amount: string;
    }[] | undefined;
    asset?: string | undefined;
    memo?: string | undefined;
    signer: Signer;
    onProgress?: ((progress: Progress) => void) | undefined;
    /**
     * tinybars
     */
    maxFee?: string | undefined;
    validSeconds?: number | undefined;
    /**
     * Hedera node accounts to sign for, instead of healthy ones
     */
    nodes?: string[] | undefined;
};
export type Invoice = {
    id: string;
    secret?: string | undefined;
    network?: string | undefined;
    asset?: string | undefined;
    payTo?: {
        account: string;
        amount: string;
    }[] | undefined;
    memo?: string | undefined;
    contentId?: string | null | undefined;
    requirements?: {
        network: string;
        asset: string;
        payTo: any;
        memo: string;
    }[] | undefined;
};
/**
 * everything needed to go on after a reload; JSON but for the bytes of a Hedera `transaction`
 */
export type Signed = {
    network: string;
    transaction: Uint8Array | Authorization;
    scheme?: "exact" | undefined;
    transactionId: string;
    /**
     * milliseconds, by the relay's clock
     */
    validUntil: number;
    invoice?: {
        id: string;
        secret?: string;
        contentId?: string | null;
    } | undefined;
};
export type Progress = {
    stage: "preparing" | "approving" | "signing" | "signed" | "sending" | "waiting" | "submitted" | "included" | "settled";
    signed?: Signed | undefined;
    event?: import("./client.js").PaymentEvent | undefined;
    description?: import("./eip155.js").AuthorizationDescription | import("./hedera.js").Description | undefined;
};
import { PaymentError } from "./sign.js";
