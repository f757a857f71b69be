/** `eip155:8453` → 8453. @param {string} network */
export function chainIdOf(network: string): number;
/**
 * Typed data that moves `value` of a token from `from` to `to`, once: the nonce is random.
 * @param {object} what
 * @param {string} what.network @param {string} what.asset the token's contract
 * @param {{name: string, version: string}} what.extra the token's EIP-712 domain, from `GET /v1/networks`
 * @param {string} what.from @param {string} what.to @param {string} what.value smallest units
 * @param {number} what.now milliseconds, by the relay's clock
 * @param {number} [what.validSeconds]
 * @returns {TypedData}
 */
export function buildAuthorization({ network, asset, extra, from, to, value, now, validSeconds }: {
    network: string;
    asset: string;
    extra: {
        name: string;
        version: string;
    };
    from: string;
    to: string;
    value: string;
    now: number;
    validSeconds?: number | undefined;
}): TypedData;
/**
 * What signing this typed data allows. Throws where it is anything but one transfer of one token.
 * @param {TypedData} typedData
 * @returns {AuthorizationDescription}
 */
export function describeAuthorization({ types, primaryType, domain, message }: TypedData): AuthorizationDescription;
/**
 * Hear of every wallet in this browser: those that announce themselves (EIP-6963), and `window.ethereum` where none does.
 * @param {(wallet: Wallet) => void} onWallet called once per wallet, also for ones that come later
 * @returns {() => void} stops it
 */
export function discoverWallets(onWallet: (wallet: Wallet) => void): () => void;
/**
 * A signer for `pay` over a wallet. Asks the wallet for its account; signing switches the wallet to the invoice's chain,
 * telling it of the chain where it does not know it.
 * @param {Provider} provider
 * @param {{account?: string, chain?: ChainHint, approve?: EvmSigner["approve"]}} [options]
 * @returns {Promise<EvmSigner>}
 */
export function walletSigner(provider: Provider, { account, chain, approve }?: {
    account?: string;
    chain?: ChainHint;
    approve?: EvmSigner["approve"];
}): Promise<EvmSigner>;
/** A text signed as EIP-191 has it; it can be no transaction. @param {Provider} provider @param {string} account @param {string} text @returns {Promise<string>} */
export function signMessage(provider: Provider, account: string, text: string): Promise<string>;
export const DOMAIN_TYPE: {
    name: string;
    type: string;
}[];
export const AUTHORIZATION_TYPE: {
    name: string;
    type: string;
}[];
export function authorizationPayload(typedData: TypedData, signature: string): {
    authorization: Record<string, string>;
    signature: string;
};
/** The wallet said no (`declined`), or could not (`wallet_refused`). */
export class WalletError extends Error {
    /** @param {string} code @param {string} message @param {number} [number] EIP-1193's */
    constructor(code: string, message: string, number?: number);
    code: string;
    number: number;
}
/**
 * a wallet, as EIP-1193 has it (`window.ethereum`)
 */
export type Provider = {
    request: (request: {
        method: string;
        params?: unknown[];
    }) => Promise<any>;
    on?: ((event: string, listener: (value: any) => void) => unknown) | undefined;
};
/**
 * EIP-6963
 */
export type WalletInfo = {
    uuid: string;
    name: string;
    icon: string;
    rdns: string;
};
export type Wallet = {
    info: WalletInfo;
    provider: Provider;
};
/**
 * what a wallet that does not know a chain has to be told, EIP-3085
 */
export type ChainHint = {
    chainName: string;
    rpcUrls: string[];
    nativeCurrency?: {
        name: string;
        symbol: string;
        decimals: number;
    } | undefined;
    blockExplorerUrls?: string[] | undefined;
};
/**
 * EIP-712, as `eth_signTypedData_v4` takes it
 */
export type TypedData = {
    types: Record<string, {
        name: string;
        type: string;
    }[]>;
    primaryType: string;
    domain: {
        name: string;
        version: string;
        chainId: number;
        verifyingContract: string;
    };
    message: Record<string, string>;
};
/**
 * what typed data will do, read from it
 */
export type AuthorizationDescription = {
    kind: "authorization";
    network: string;
    transactionId: string;
    payer: string;
    payTo: {
        account: string;
        amount: string;
    }[];
    asset: string;
    amount: string;
    /**
     * the name the token signs under
     */
    token: string;
    nonce: string;
    validUntil: Date;
};
export type EvmSigner = {
    account: string;
    /**
     * 0x-hex
     */
    signTypedData: (network: string, typedData: TypedData) => Promise<string>;
    /**
     * asked before the wallet is; leave it out where the wallet shows what it signs
     */
    approve?: ((description: AuthorizationDescription, typedData: TypedData) => boolean | Promise<boolean>) | undefined;
};
