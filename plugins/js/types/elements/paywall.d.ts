export class RelayPaywall extends HTMLElement {
    static observedAttributes: string[];
    /** Other words for this element alone: `{title: "Watch the film"}`. @type {Record<string, string>} */ messages: Record<string, string>;
    connectedCallback(): void;
    disconnectedCallback(): void;
    attributeChangedCallback(): void;
    #private;
}
export type View = import("./card.js").View;
export type Action = import("./card.js").Action;
export type Choice = import("./sale.js").Choice;
