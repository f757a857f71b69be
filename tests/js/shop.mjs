// A merchant's server and a payer in one script, over a real relay: node shop.mjs URL API_KEY. Prints what happened.

import { io } from "socket.io-client";

import { connect, developmentSigner, verifyToken } from "../../plugins/js/index.js";

const [url, apiKey] = process.argv.slice(2);
const shop = connect(url, { apiKey, io });
const wallet = connect(url, { io });
const online = (relay) => relay.online || new Promise((resolve) => relay.on("state", (state) => state === "online" && resolve()));
await Promise.all([online(shop), online(wallet)]);

const heard = [];
const gaps = [];
const subscription = shop.subscribe({ merchant: true }, (event) => heard.push(event), { after: 0, onGap: (gap) => gaps.push(gap) });
await subscription.ready;

const post = async (body) => {
  const response = await fetch(`${url}/v1/invoices`, {
    method: "POST",
    headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json", "idempotency-key": crypto.randomUUID() },
    body: JSON.stringify({ network: "hedera:devnet", contentId: "post-9", ...body }),
  });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
};
const until = async (check) => {
  while (!check()) await new Promise((resolve) => setTimeout(resolve, 20));
};
const pay = (invoice, account) =>
  developmentSigner(account).then((signer) => wallet.pay({ network: "hedera:devnet", invoice, signer, onProgress: () => {} }));

const jwks = await (await fetch(`${url}/.well-known/jwks.json`)).json();
const results = {};
for (const [name, price] of Object.entries({ hbar: { amount: "700" }, token: { asset: "0.0.5001", amount: "250000" } })) {
  const invoice = await post(price);
  const settled = await pay({ id: invoice.id, secret: invoice.secret }, "0.0.1001"); // the rest of it is looked up
  const verdict = await verifyToken(settled.accessToken, jwks, { issuer: url, audience: url, scope: "content:post-9" });
  results[name] = { asset: settled.asset, amount: settled.amount, token: verdict.ok, status: (await wallet.invoice(invoice.id)).status };
}

// One socket ends, as when a relay drains; the shop misses nothing.
const before = subscription.cursor;
shop.close();
await pay(await post({ amount: "701" }), "0.0.1003");
const again = connect(url, { apiKey, io });
again.subscribe({ merchant: true }, (event) => heard.push(event), { after: before });
await until(() => heard.length >= 6);

// A transfer that pays another amount than the invoice asks is stopped before it is sent.
const invoice = await post({ amount: "900" });
const wrong = { ...invoice, payTo: invoice.payTo.map((share) => ({ ...share, amount: "899" })) };
results.wrong = await pay(wrong, "0.0.1001").catch(({ code, message }) => ({ code, message }));

const balance = String(await wallet.balance("hedera:devnet", "0.0.2001"));
console.log(JSON.stringify({ results, heard: heard.map(({ seq, type }) => [seq, type]), gaps, balance }));
wallet.close();
again.close();
