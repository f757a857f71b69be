// Stock buyers from npm: `node fetch.mjs current|legacy KEY URL…` pays each page and prints, a line each,
// {buyer, url, status, body, receipt}.
import { privateKeyToAccount } from "viem/accounts";

const [kind, key, ...urls] = process.argv.slice(2);
const account = privateKeyToAccount(key);

async function current() {
  const { wrapFetchWithPaymentFromConfig } = await import("@x402/fetch");
  const { ExactEvmScheme } = await import("@x402/evm");
  const schemes = [{ network: "eip155:*", client: new ExactEvmScheme(account) }];
  return wrapFetchWithPaymentFromConfig(fetch, { schemes });
}

async function legacy() {
  const { wrapFetchWithPayment } = await import("x402-fetch");
  return wrapFetchWithPayment(fetch, account);
}

const pay = await (kind === "legacy" ? legacy() : current());
for (const url of urls) {
  const answer = await pay(url, { method: "GET" });
  const sent = answer.headers.get("PAYMENT-RESPONSE") ?? answer.headers.get("X-PAYMENT-RESPONSE");
  const receipt = sent && JSON.parse(Buffer.from(sent, "base64").toString());
  const body = await answer.text();
  console.log(JSON.stringify({ buyer: `npm ${kind}`, url, status: answer.status, body, receipt }));
}
process.exit(0);
