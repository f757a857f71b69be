// Which wallet in this browser can pay an option, if any.

/**
 * @param {any} option one of the invoice's requirements
 * @param {import("./client/client.js").Relay} relay
 * @returns {{note: string, pay: (invoice: any, networks: any[]) => Promise<void>} | null}
 */
export function walletFor(option, relay) {
  void option, relay;
  return null;
}
