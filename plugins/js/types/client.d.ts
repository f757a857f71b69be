/**
 * Open a connection. It keeps itself open until `close()`.
 * @param {string} url of the relay
 * @param {object} [options]
 * @param {string} [options.apiKey] a merchant's server key; never put one into a page
 * @param {typeof vendoredIo} [options.io] of the npm package socket.io-client, needed outside a browser
 */
export function connect(url: string, { apiKey, io }?: {
    apiKey?: string | undefined;
    io?: typeof vendoredIo;
}): Relay;
/** A request over HTTP or the socket that the relay refused, or that got no answer (`code` is then `offline`). */
export class RelayError extends Error {
    /** @param {string} code @param {string} message @param {number} [status] */
    constructor(code: string, message: string, status?: number);
    code: string;
    status: number | undefined;
}
export type State = "connecting" | "online" | "offline" | "refused" | "closed";
/**
 * see contract.md, "One event"
 */
export type PaymentEvent = {
    id: string;
    seq: number;
    prevSeq: number;
    stream: string;
    type: string;
    time: string;
    payment: string;
    invoice: string | null;
    status: string;
    network: string;
    transactionId: string;
    payer: string;
    payTo: {
        account: string;
        amount: string;
    }[];
    asset: string;
    amount: string;
    memo: string;
    contentId: string | null;
    nodePrecheckcode: number | null;
    receiptStatus: number | null;
    error: string | null;
    reason: string | null;
    accessToken?: string | undefined;
};
export type Target = {
    invoice: string;
    secret: string;
} | {
    merchant: true;
    content?: string;
};
export type Subscribed = {
    stream: string;
    seq: number;
    replayed: number;
};
export type SubscribeOptions = {
    /**
     * resume behind this `seq`; an invoice starts at its beginning, a merchant's stream at now
     */
    after?: number | undefined;
    /**
     * events were missing behind `after`;
     * they are asked for again, `lost` says that the relay no longer has them
     */
    onGap?: ((gap: {
        after: number;
        missed: number;
        lost: boolean;
    }) => void) | undefined;
    /**
     * the relay refused; the subscription is over
     */
    onError?: ((error: {
        code: string;
        message: string;
    }) => void) | undefined;
};
export type Subscription = {
    /**
     * `seq` of the last event handed over; keep it to go on where you stopped
     */
    cursor: number | null;
    /**
     * the first acknowledgement
     */
    ready: Promise<Subscribed>;
    close: () => void;
};
export type Node = {
    address: string;
    account: string;
    healthy: boolean;
};
export type Network = {
    network: string;
    nodes: Node[];
    /**
     * what it takes; `extra` is the EIP-712 domain of a token that is paid by a
     * gasless authorization, `worth` what one whole coin is worth, to show beside an amount
     */
    assets: {
        asset: string;
        symbol: string;
        decimals: number;
        schemes?: string[];
        extra?: {
            name: string;
            version: string;
        };
        worth?: {
            currency: string;
            rate: string;
        };
    }[];
};
import { io as vendoredIo } from "./vendor/socket.io.esm.min.js";
declare class Relay {
    /** @param {string} url @param {string | undefined} apiKey @param {typeof vendoredIo} io */
    constructor(url: string, apiKey: string | undefined, io: typeof vendoredIo);
    /** @type {State} */ state: State;
    /** Milliseconds to add to this machine's clock to get the relay's; known after `networks()`. */
    clockOffset: number;
    /** Whether the connection stands right now. */
    get online(): any;
    /**
     * Hear of `state` (a `State`), `event` (everything the relay tells this socket) or `network` (node health).
     * @param {"state" | "event" | "network"} name
     * @param {(value: any) => void} listener
     * @returns {() => void} stops it
     */
    on(name: "state" | "event" | "network", listener: (value: any) => void): () => void;
    /**
     * Follow an invoice (with its secret) or, with an API key, the merchant's stream.
     * @param {Target} target
     * @param {(event: PaymentEvent) => void} onEvent
     * @param {SubscribeOptions} [options]
     * @returns {Subscription}
     */
    subscribe(target: Target, onEvent: (event: PaymentEvent) => void, options?: SubscribeOptions): Subscription;
    /**
     * Emit and wait for the acknowledgement. Rejects with `offline` when none came, as after a disconnect.
     * @param {string} name @param {unknown} argument
     * @returns {Promise<any>}
     */
    request(name: string, argument: unknown): Promise<any>;
    /**
     * `request` that calls back in the order of arrival: a promise would let events behind the answer overtake it.
     * @param {string} name @param {unknown} argument @param {(answer: any, error?: RelayError) => void} then
     */
    ask(name: string, argument: unknown, then: (answer: any, error?: RelayError) => void): void;
    /** Where it is. */
    get url(): string;
    /** Build, show, sign, send and await a payment. @param {import("./pay.js").Ask} ask */
    pay(ask: import("./pay.js").Ask): Promise<PaymentEvent>;
    /**
     * Send what is already signed and await its end; goes on with a payment that a reload interrupted.
     * @param {import("./pay.js").Signed} signed @param {{onProgress?: (progress: import("./pay.js").Progress) => void}} [options]
     */
    send(signed: import("./pay.js").Signed, options?: {
        onProgress?: (progress: import("./pay.js").Progress) => void;
    }): Promise<PaymentEvent>;
    /** The chains this relay speaks, their nodes and assets. @returns {Promise<Network[]>} */
    networks(): Promise<Network[]>;
    /** What an invoice asks, as anyone who has its link may see it. @param {string} id */
    invoice(id: string): Promise<any>;
    /** HBAR an account holds, in tinybars. @param {string} network @param {string} accountId @returns {Promise<bigint>} */
    balance(network: string, accountId: string): Promise<bigint>;
    close(): void;
    #private;
}
export {};
