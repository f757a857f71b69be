/**
 * What a tag asks, or null where it cannot be read: then nothing is paid, and the reader is told to tell the publisher.
 * @param {Record<string, string | undefined>} data its dataset
 * @returns {Tag | null}
 */
export function readTag(data: Record<string, string | undefined>): Tag | null;
/**
 * paths on the same site
 */
export type Redirects = {
    nonPayingAccount: string;
    noAccount: string;
    homePage: string;
};
export type Tag = {
    server: string;
    /**
     * amounts in tinybars
     */
    payTo: {
        account: string;
        amount: string;
    }[];
    total: bigint;
    memo: string;
    contentId: string;
    node: string | undefined;
    /**
     * whether it charges; anything but `maximum` and `402` does
     */
    type: "charge" | "maximum" | "402";
    redirect: Redirects;
    /**
     * when the page was written, milliseconds; informative
     */
    time: number | null;
};
