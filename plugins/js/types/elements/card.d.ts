export class Card {
    /** @param {HTMLElement} host */
    constructor(host: HTMLElement);
    /** @param {View} view */
    show(view: View): void;
    /** Whether the reader's keyboard is in the card. */
    get isFocused(): boolean;
    #private;
}
export type Action = {
    id: string;
    text: string;
    act?: (() => void) | undefined;
    primary?: boolean | undefined;
    note?: string | undefined;
    icon?: string | undefined;
    /**
     * opens in a tab of its own
     */
    href?: string | undefined;
};
export type View = {
    /**
     * also on the element, as `state`
     */
    state: string;
    tone: "plain" | "wait" | "good" | "bad";
    title: string;
    price?: string | undefined;
    fiat?: string | undefined;
    notice?: string | undefined;
    /**
     * read out by screen readers when it changes
     */
    status?: string | undefined;
    actions: Action[];
    fine?: string | undefined;
    /**
     * one line, for when all is done
     */
    brief?: boolean | undefined;
};
