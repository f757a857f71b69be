// Stock buyers from npm: `node fetch.mjs current|legacy KEY URL` pays the page and prints {status, body, receipt}.
import { privateKeyToAccount } from "viem/accounts";

const [kind, key, url] = process.argv.slice(2);
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
const answer = await pay(url, { method: "GET" });
const receipt = answer.headers.get("PAYMENT-RESPONSE") ?? answer.headers.get("X-PAYMENT-RESPONSE");
const decoded = receipt && JSON.parse(Buffer.from(receipt, "base64").toString());
console.log(JSON.stringify({ status: answer.status, body: await answer.text(), receipt: decoded }));
process.exit(0);
