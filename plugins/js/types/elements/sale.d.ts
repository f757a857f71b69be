export class Sale {
    /** @param {Terms} terms @param {() => void} onChange @param {{io?: any}} [options] */
    constructor(terms: Terms, onChange: () => void, { io }?: {
        io?: any;
    });
    /** @type {State} */ state: State;
    /** @type {string | null} code of what went wrong last */ problem: string | null;
    /** @type {string} how far a payment is */ stage: string;
    /** Whether what was tried last was to get access back, which is no purchase. */ restoring: boolean;
    expired: boolean;
    online: boolean;
    freeLeft: number;
    /** @type {any} */ invoice: any;
    /** @type {import("../client.js").Network[]} */ networks: import("../client.js").Network[];
    /** @type {Payer[]} */ payers: Payer[];
    /** @type {{html?: string, blob?: Blob} | null} */ content: {
        html?: string;
        blob?: Blob;
    } | null;
    /** @type {string | undefined} */ token: string | undefined;
    /** Look whether this is open to the reader already: by token, by the site's own memory, by a payment under way. */
    start(): Promise<void>;
    /** The reader wants it: an invoice, and the ways to pay it. */
    begin(): Promise<void>;
    /** The connection, once there is an invoice. */
    get relay(): {
        state: import("../client.js").State;
        clockOffset: number;
        "__#private@#listeners": Map<string, Set<(value: any) => void>>;
        "__#private@#followers": Set<{
            cursor: number | null;
            ready: Promise<import("../client.js").Subscribed>;
            "__#private@#relay": /*elided*/ any;
            "__#private@#target": import("../client.js").Target;
            "__#private@#onEvent": (event: import("../client.js").PaymentEvent) => void;
            "__#private@#options": import("../client.js").SubscribeOptions;
            "__#private@#leave": () => void;
            "__#private@#whole": boolean;
            "__#private@#asking": boolean;
            "__#private@#open": boolean;
            "__#private@#floor": number;
            "__#private@#held": import("../client.js").PaymentEvent[];
            "__#private@#seen": Set<string>;
            "__#private@#isReady": (value: Subscribed) => void;
            "__#private@#isRefused": (error: Error) => void;
            get key(): string;
            resume(): void;
            "__#private@#failed"(error: RelayError): void;
            take(event: PaymentEvent): void;
            "__#private@#release"(): void;
            "__#private@#hand"(event: PaymentEvent): void;
            "__#private@#isOld"(event: PaymentEvent): boolean;
            "__#private@#ours"(event: PaymentEvent): boolean;
            close(): void;
        }>;
        "__#private@#socket": any;
        "__#private@#url": string;
        "__#private@#apiKey": string | undefined;
        "__#private@#retry": ReturnType<typeof setTimeout> | undefined;
        readonly online: any;
        on(name: "state" | "event" | "network", listener: (value: any) => void): () => void;
        subscribe(target: Target, onEvent: (event: PaymentEvent) => void, options?: SubscribeOptions): Subscription;
        request(name: string, argument: unknown): Promise<any>;
        ask(name: string, argument: unknown, then: (answer: any, error?: RelayError) => void): void;
        get url(): string;
        pay(ask: import("../pay.js").Ask): Promise<import("../client.js").PaymentEvent>;
        send(signed: import("../pay.js").Signed, options?: {
            onProgress?: (progress: import("../pay.js").Progress) => void;
        }): Promise<import("../client.js").PaymentEvent>;
        networks(): Promise<Network[]>;
        invoice(id: string): Promise<any>;
        balance(network: string, accountId: string): Promise<bigint>;
        close(): void;
        "__#private@#get"(path: string): Promise<any>;
        "__#private@#is"(state: import("../client.js").State): void;
        "__#private@#tell"(name: string, value: unknown): void;
        "__#private@#comeBack"(): void;
    };
    /** Every wallet here, with each way of the invoice that it can pay. @returns {Choice[]} */
    choices(): Choice[];
    /** One way per network and asset. */
    ways(): any[];
    /** @param {Choice} choice */
    pay({ payer, way }: Choice): Promise<void>;
    /** A free article of the site's. */
    free(): Promise<void>;
    /** Whoever paid before, on this device or another, gets a fresh token by signature. @param {Payer} payer */
    restore(payer: Payer): Promise<void>;
    /** Whether restoring could work: the relay has to be told what was bought. */
    get restorable(): boolean;
    back(): void;
    /** After a problem: the same again, from where it makes sense. */
    again(): Promise<void>;
    stop(): void;
    #private;
}
export type State = "checking" | "locked" | "preparing" | "choosing" | "paying" | "opening" | "open";
export type Terms = {
    relay: string;
    content: string;
    contentUrl: string;
    invoiceUrl?: string | null | undefined;
    listing?: string | null | undefined;
    key?: string | null | undefined;
    freeUrl?: string | null | undefined;
    /**
     * a label;
     */
    price?: string | null | undefined;
    merchant?: string | null | undefined;
};
export type Way = import("./payers.js").Way;
export type Payer = import("./payers.js").Payer;
export type Choice = {
    payer: Payer;
    way: Way;
};
