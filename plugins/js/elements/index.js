// Importing this defines both elements.

import { HederaMicropayment } from "./micropayment.js";
import { RelayPaywall } from "./paywall.js";

export { HederaMicropayment, RelayPaywall };
export { setMessages } from "./messages.js";

for (const [name, element] of /** @type {[string, any][]} */ ([["relay-paywall", RelayPaywall], ["hedera-micropayment", HederaMicropayment]])) {
  if (globalThis.customElements && !customElements.get(name)) customElements.define(name, element);
}
