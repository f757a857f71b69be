/**
 * A wallet of the kind that pays by itself.
 * @param {import("../wallets.js").RelayWallet} wallet @param {() => Omit<import("../wallets.js").PayRequest, "network" | "asset">} ask
 * @returns {Promise<Payer>}
 */
export function relayPayer({ info, provider }: import("../wallets.js").RelayWallet, ask: () => Omit<import("../wallets.js").PayRequest, "network" | "asset">): Promise<Payer>;
/**
 * An EIP-1193 wallet, paid by gasless authorization; access comes back by a text it signs.
 * @param {import("../eip155.js").Wallet} wallet @param {() => {relay: ReturnType<typeof import("../client.js").connect>, invoice: any}} what
 * @returns {Payer}
 */
export function evmPayer({ info, provider }: import("../eip155.js").Wallet, what: () => {
    relay: ReturnType<typeof import("../client.js").connect>;
    invoice: any;
}): Payer;
/** @param {any} error */
export function codeOf(error: any): string;
export function pays({ networks }: Payer, network: string): boolean;
export type Way = {
    network: string;
    asset: string;
    amount: string;
    symbol: string;
    decimals: number;
    gasless: boolean;
    worth?: {
        currency: string;
        rate: string;
    };
};
/**
 * what is wanted back
 */
export type Paid = {
    server: string;
    network: string;
    invoice?: string;
    merchant?: string | null;
    contentId?: string;
};
export type Payer = {
    info: {
        uuid: string;
        name: string;
        icon: string;
    };
    /**
     * `eip155:*` is every EVM chain
     */
    networks: string[];
    pay: (way: Way, onProgress: (news: {
        stage: string;
    }) => void) => Promise<any>;
    restore: (what: Paid) => Promise<{
        accessToken: string;
    }>;
};
