export class HederaMicropayment extends HTMLElement {
    connectedCallback(): void;
    disconnectedCallback(): void;
    #private;
}
export type Payer = import("./payers.js").Payer;
export type Action = import("./card.js").Action;
