export class HederaMicropayment extends HTMLElement {
    connectedCallback(): void;
    disconnectedCallback(): void;
    #private;
}
export type Payer = import("./sale.js").Payer;
export type Action = import("./card.js").Action;
