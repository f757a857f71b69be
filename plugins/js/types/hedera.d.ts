/**
 * An id no other payment of this account has.
 * @param {string} payer account that pays
 * @param {number} validStart milliseconds since 1970, by the network's clock; nodes refuse one in their future
 */
export function newTransactionId(payer: string, validStart: number): string;
/**
 * One transaction body per node, alike but for the node: they share the transaction id, so at most one is executed.
 * @param {Payment} payment
 * @param {string[]} nodes node accounts
 * @returns {Uint8Array[]}
 */
export function buildTransfers(payment: Payment, nodes: string[]): Uint8Array[];
/**
 * What these bodies would do, all of it. Throws `UnreadableTransfer` when it cannot tell, or when the bodies differ in
 * more than the node.
 * @param {Uint8Array[]} bodies
 * @returns {Description}
 */
export function describe(bodies: Uint8Array[]): Description;
/**
 * The bodies inside wire bytes, so that a wallet can describe a transaction somebody else built.
 * @param {Uint8Array} transaction a `Transaction` or a `TransactionList`
 * @returns {Uint8Array[]}
 */
export function bodiesOf(transaction: Uint8Array): Uint8Array[];
/**
 * @typedef {object} Signer whoever holds the key: a wallet, a hardware device, `developmentSigner`
 * @property {string} account
 * @property {Uint8Array} publicKey  32 bytes ed25519, 33 bytes compressed secp256k1
 * @property {"ed25519" | "secp256k1"} keyType
 * @property {(body: Uint8Array) => Promise<Uint8Array>} sign  64 bytes over `body` (secp256k1: over its keccak-256)
 * @property {(description: Description, bodies: Uint8Array[]) => boolean | Promise<boolean>} [approve] asked before anything is signed
 * @property {number} [copies] how many nodes to sign for; 1 where each signature asks its person
 */
/**
 * Signed wire bytes: one `Transaction`, or a `TransactionList` when there are several bodies.
 * @param {Uint8Array[]} bodies
 * @param {Signer} signer
 * @returns {Promise<Uint8Array>}
 */
export function signTransfers(bodies: Uint8Array[], signer: Signer): Promise<Uint8Array>;
/**
 * The first signature of a SignatureMap, as wallets answer `hedera_signTransaction`.
 * @param {Uint8Array} map
 * @returns {{publicKey: Uint8Array, keyType: "ed25519" | "secp256k1", signature: Uint8Array}} `publicKey` may be a prefix
 */
export function readSignature(map: Uint8Array): {
    publicKey: Uint8Array;
    keyType: "ed25519" | "secp256k1";
    signature: Uint8Array;
};
/**
 * @typedef {{account: string, amount: string}} Share
 * @typedef {object} Payment what to pay
 * @property {string} transactionId  who pays and from when: `0.0.1001@1700000000.000000001`, see `newTransactionId`
 * @property {Share[]} payTo         who gets how much
 * @property {string} asset          `0.0.0` for HBAR, else a token id
 * @property {string} memo           at most 100 bytes
 * @property {number} [validSeconds] how long the network may still take it; 15 to 180
 * @property {bigint | string} [maxFee] tinybars the payer is willing to pay the network at most
 * @property {number} [decimals]     of a token; the ledger refuses the transfer when it differs
 *
 * @typedef {object} Description what a set of bodies will do, read from the bytes
 * @property {string} transactionId  `payer@seconds.nanos`, nanos as nine digits
 * @property {string} payer
 * @property {Share[]} from          accounts that are debited
 * @property {Share[]} payTo         accounts that are credited
 * @property {string} asset
 * @property {string} amount         sum of `payTo`
 * @property {number | null} decimals as the bytes state them; null when they do not
 * @property {string} memo
 * @property {string} maxFee         tinybars
 * @property {string[]} nodes        one body per node; the ledger executes at most one of them
 * @property {Date} validFrom
 * @property {Date} validUntil
 */
export const HBAR: "0.0.0";
export const MAX_NODES: 3;
/** The bytes cannot be shown completely, so they must not be signed. */
export class UnreadableTransfer extends Error {
}
/**
 * whoever holds the key: a wallet, a hardware device, `developmentSigner`
 */
export type Signer = {
    account: string;
    /**
     * 32 bytes ed25519, 33 bytes compressed secp256k1
     */
    publicKey: Uint8Array;
    keyType: "ed25519" | "secp256k1";
    /**
     * 64 bytes over `body` (secp256k1: over its keccak-256)
     */
    sign: (body: Uint8Array) => Promise<Uint8Array>;
    /**
     * asked before anything is signed
     */
    approve?: ((description: Description, bodies: Uint8Array[]) => boolean | Promise<boolean>) | undefined;
    /**
     * how many nodes to sign for; 1 where each signature asks its person
     */
    copies?: number | undefined;
};
export type Values = (bigint | Uint8Array)[];
export type Share = {
    account: string;
    amount: string;
};
/**
 * what to pay
 */
export type Payment = {
    /**
     * who pays and from when: `0.0.1001@1700000000.000000001`, see `newTransactionId`
     */
    transactionId: string;
    /**
     * who gets how much
     */
    payTo: Share[];
    /**
     * `0.0.0` for HBAR, else a token id
     */
    asset: string;
    /**
     * at most 100 bytes
     */
    memo: string;
    /**
     * how long the network may still take it; 15 to 180
     */
    validSeconds?: number | undefined;
    /**
     * tinybars the payer is willing to pay the network at most
     */
    maxFee?: string | bigint | undefined;
    /**
     * of a token; the ledger refuses the transfer when it differs
     */
    decimals?: number | undefined;
};
/**
 * what a set of bodies will do, read from the bytes
 */
export type Description = {
    /**
     * `payer@seconds.nanos`, nanos as nine digits
     */
    transactionId: string;
    payer: string;
    /**
     * accounts that are debited
     */
    from: Share[];
    /**
     * accounts that are credited
     */
    payTo: Share[];
    asset: string;
    /**
     * sum of `payTo`
     */
    amount: string;
    /**
     * as the bytes state them; null when they do not
     */
    decimals: number | null;
    memo: string;
    /**
     * tinybars
     */
    maxFee: string;
    /**
     * one body per node; the ledger executes at most one of them
     */
    nodes: string[];
    validFrom: Date;
    validUntil: Date;
};
