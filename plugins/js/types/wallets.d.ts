/**
 * Hear of every wallet of this page that speaks `relay_pay`.
 * @param {(wallet: RelayWallet) => void} onWallet called once per wallet, also for ones that come later
 * @returns {() => void} stops it
 */
export function discoverRelayWallets(onWallet: (wallet: RelayWallet) => void): () => void;
/**
 * Offer a wallet to this page's elements, and to whoever asks later.
 * @param {RelayWallet} wallet
 * @returns {() => void} takes the offer back
 */
export function announceWallet(wallet: RelayWallet): () => void;
/**
 * A wallet out of a Hedera signer: give it to `announceWallet`. `open` is called when something is paid, and may show the
 * wallet's own sign-in first.
 * @param {{name: string, icon?: string, networks: string[], open: () => Promise<Signer>, io?: any}} what
 * @returns {RelayWallet}
 */
export function hederaWallet({ name, icon, networks, open, io }: {
    name: string;
    icon?: string;
    networks: string[];
    open: () => Promise<Signer>;
    io?: any;
}): RelayWallet;
/**
 * A signer for `pay` and `hederaWallet` over any Hedera wallet that signs a TransactionBody. One copy is signed, since such
 * wallets ask their person for each.
 * @param {HederaAdapter} adapter
 * @returns {Signer}
 */
export function adapterSigner({ account, signTransaction }: HederaAdapter): Signer;
/**
 * A fresh access token for what an account paid, on any device that can sign for it.
 * @param {{server: string, network: string, invoice?: string | {id: string}, merchant?: string | null, contentId?: string}} what
 * @param {string} account
 * @param {(message: string) => Promise<string>} sign hex or base64
 * @returns {Promise<{accessToken: string, payment: string, invoice: string | null, contentId: string | null}>}
 */
export function restoreAccess({ server, network, invoice, merchant, contentId }: {
    server: string;
    network: string;
    invoice?: string | {
        id: string;
    };
    merchant?: string | null;
    contentId?: string;
}, account: string, sign: (message: string) => Promise<string>): Promise<{
    accessToken: string;
    payment: string;
    invoice: string | null;
    contentId: string | null;
}>;
/** As wallets sign text (HIP-820): no text can be a transaction. @param {Signer} signer @param {string} message */
export function signText(signer: Signer, message: string): Promise<string>;
export function relayWalletSigner({ provider }: RelayWallet): import("./pay.js").WalletSigner;
export type WalletInfo = import("./eip155.js").WalletInfo;
export type PaymentEvent = import("./client.js").PaymentEvent;
export type Signer = import("./hedera.js").Signer;
/**
 * `params` of `relay_pay`: an invoice, or payees
 */
export type PayRequest = {
    /**
     * URL of the relay
     */
    server: string;
    /**
     * with its secret the answer carries the access token
     */
    invoice?: {
        id: string;
        secret?: string;
    } | undefined;
    /**
     * CAIP-2
     */
    network?: string | undefined;
    asset?: string | undefined;
    /**
     * without an invoice, at most nine
     */
    payTo?: {
        account: string;
        amount: string;
    }[] | undefined;
    memo?: string | undefined;
    /**
     * what is bought: a wallet pays it once
     */
    contentId?: string | undefined;
    /**
     * the node account a tag of 2019 asks for
     */
    node?: string | undefined;
    /**
     * what a page of the site costs at most, by its own word, in tinybars: a wallet may offer it as a limit
     */
    most?: string | undefined;
};
export type RelayProvider = {
    request: (ask: {
        method: string;
        params?: any;
    }, options?: {
        onProgress?: (news: {
            stage: string;
            event?: PaymentEvent;
        }) => void;
    }) => Promise<any>;
};
export type RelayWallet = {
    info: WalletInfo;
    provider: RelayProvider;
};
/**
 * a Hedera wallet behind HashConnect, WalletConnect or your own glue
 */
export type HederaAdapter = {
    account: string;
    /**
     * given a
     * TransactionBody, the wallet's SignatureMap: bytes, base64, or as `hedera_signTransaction` (HIP-820) answers it
     */
    signTransaction: (body: Uint8Array) => Promise<Uint8Array | string | {
        signatureMap: string;
    }>;
};
