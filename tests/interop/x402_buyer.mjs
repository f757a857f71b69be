// A buyer of x402's scheme `exact` on Hedera, built on the unmodified @hiero-ledger/sdk; see tests/interop/README.md.
// Does what @x402/hedera's client does, which the npm registry does not have: a transfer in the fee payer's name.
import { createRequire } from "node:module";

import * as sdk from "@hiero-ledger/sdk";

const { AccountId, KeyList, PrivateKey, TokenId, TransactionId, TransferTransaction } = sdk;

const keyOf = ({ key, keyType }) => {
  const raw = Buffer.from(key, "hex");
  return keyType === "ecdsa" ? PrivateKey.fromBytesECDSA(raw) : PrivateKey.fromBytesED25519(raw);
};

const clientFor = (nodes) =>
  sdk.Client.forNetwork(
    Object.fromEntries(Object.entries(nodes).map(([address, account]) => [address, AccountId.fromString(account)])),
    { scheduleNetworkUpdate: false },
  );

async function buy(client, { payer, keys, requirements, memo }) {
  const { payTo, amount, asset, extra } = requirements;
  const transfer = new TransferTransaction();
  if (asset === "0.0.0") {
    transfer.addHbarTransfer(payer, sdk.Hbar.fromTinybars(`-${amount}`)).addHbarTransfer(payTo, sdk.Hbar.fromTinybars(amount));
  } else {
    const token = TokenId.fromString(asset);
    transfer.addTokenTransfer(token, payer, sdk.Long.fromString(`-${amount}`));
    transfer.addTokenTransfer(token, payTo, sdk.Long.fromString(amount));
  }
  if (memo) transfer.setTransactionMemo(memo);
  transfer.setTransactionId(TransactionId.generate(AccountId.fromString(extra.feePayer))).freezeWith(client);
  for (const key of keys) await transfer.sign(keyOf(key));
  return Buffer.from(transfer.toBytes()).toString("base64");
}

/** An account that `needed` of the keys open together, with 5 HBAR. */
async function open(client, { operator, keys, needed }) {
  client.setOperator(AccountId.fromString(operator.account), keyOf(operator));
  const made = await new sdk.AccountCreateTransaction()
    .setKeyWithoutAlias(new KeyList(keys.map((each) => keyOf(each).publicKey), needed))
    .setInitialBalance(new sdk.Hbar(5))
    .execute(client);
  return (await made.getReceipt(client)).accountId.toString();
}

/** What the stock @x402/fetch gets behind a paywall, with `buy` as its scheme. */
async function get(client, { url, payer, keys }) {
  const { wrapFetchWithPaymentFromConfig } = createRequire(new URL("../x402/package.json", import.meta.url))("@x402/fetch");
  const exact = {
    scheme: "exact",
    createPaymentPayload: async (x402Version, requirements) => ({
      x402Version,
      payload: { transaction: await buy(client, { payer, keys, requirements }) },
    }),
  };
  const config = { schemes: [{ network: "hedera:*", client: exact }], spendControls: false }; // HBAR is no default asset
  const answer = await wrapFetchWithPaymentFromConfig(fetch, config)(url);
  const receipt = answer.headers.get("PAYMENT-RESPONSE");
  return { status: answer.status, body: await answer.text(), receipt: receipt && JSON.parse(atob(receipt)) };
}

const { nodes, ...asked } = JSON.parse(process.argv[2]);
const client = clientFor(nodes);
client.setMaxAttempts(10).setMinBackoff(100).setMaxBackoff(200);
const commands = { open, get, buy: (to, all) => Promise.all(all.map((each) => buy(to, each))) };
const [[command, argument]] = Object.entries(asked);
console.log(JSON.stringify(await commands[command](client, argument)));
process.exit(0); // the SDK keeps timers of its own
