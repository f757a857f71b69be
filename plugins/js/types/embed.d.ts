/**
 * @typedef {object} Status
 * @property {string} status of the invoice: created, partial, processing, settled, expired, cancelled
 * @property {string[]} flags over, late, reverted
 * @property {string | null} paid what has arrived, in smallest units
 *
 * @typedef {object} Embedded
 * @property {HTMLIFrameElement} frame
 * @property {() => void} close takes it out of the page
 */
/**
 * Show the pay page of an invoice in `container`. What it tells is for your page to look right; hand nothing over on it
 * alone: your server reads the invoice, or gets the webhook.
 * @param {HTMLElement} container
 * @param {string} url of the invoice
 * @param {{onReady?: () => void, onStatus?: (status: Status) => void, onEvent?: (event: any) => void, title?: string}} [options]
 * @returns {Embedded}
 */
export function embed(container: HTMLElement, url: string, { onReady, onStatus, onEvent, title }?: {
    onReady?: () => void;
    onStatus?: (status: Status) => void;
    onEvent?: (event: any) => void;
    title?: string;
}): Embedded;
export type Status = {
    /**
     * of the invoice: created, partial, processing, settled, expired, cancelled
     */
    status: string;
    /**
     * over, late, reverted
     */
    flags: string[];
    /**
     * what has arrived, in smallest units
     */
    paid: string | null;
};
export type Embedded = {
    frame: HTMLIFrameElement;
    /**
     * takes it out of the page
     */
    close: () => void;
};
