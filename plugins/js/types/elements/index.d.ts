export { setMessages } from "./messages.js";
import { HederaMicropayment } from "./micropayment.js";
import { RelayPaywall } from "./paywall.js";
export { HederaMicropayment, RelayPaywall };
