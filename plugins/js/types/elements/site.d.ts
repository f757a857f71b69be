/**
 * Ask the site for the content. 402 and 403 mean locked, 401 that a token was not good (any more).
 * @param {string} url @param {{token?: string, method?: string}} [how]
 * @returns {Promise<Content>}
 */
export function fetchContent(url: string, { token, method }?: {
    token?: string;
    method?: string;
}): Promise<Content>;
/**
 * The site's own invoice desk, or the relay's with a listing that says the merchant's price. Rejects with a `code`.
 * @param {{relay: string, content: string, invoiceUrl?: string | null, listing?: string | null, key?: string | null}} what
 * @returns {Promise<any>} what `POST /v1/invoices` answered
 */
export function fetchInvoice({ relay, content, invoiceUrl, listing, key }: {
    relay: string;
    content: string;
    invoiceUrl?: string | null;
    listing?: string | null;
    key?: string | null;
}): Promise<any>;
/** This site's own shelf: what is kept for one content of one relay. */
export class Shelf {
    /** @param {string} relay @param {string} content */
    constructor(relay: string, content: string);
    /** @returns {Kept} */
    read(): Kept;
    /** @param {Kept} change undefined takes away */
    write(change: Kept): void;
    #private;
}
export function coded(code: string, message?: string): Error & {
    code: string;
};
export type Kept = {
    token?: string;
    invoice?: {
        id: string;
        secret?: string;
        expiresAt?: string;
    };
    paying?: boolean;
    network?: string;
};
export type Content = {
    ok: true;
    html?: string;
    blob?: Blob;
} | {
    ok: false;
    code: "locked" | "expired" | "content" | "offline";
    freeLeft: number;
};
