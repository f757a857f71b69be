// What both JavaScript SDKs do alike: their API is one and the same. See tests/interop/README.md.
import { createHash } from "node:crypto";

const secret = (number) => createHash("sha256").update(`relay devnet 0.0.${number}`).digest();

const text = (id) => `${id.accountId}@${id.validStart.seconds}.${id.validStart.nanos.toString().padStart(9, "0")}`;

export async function run(sdk, name) {
  const { AccountId, PrivateKey, TokenId, TransferTransaction } = sdk;
  const DUSD = TokenId.fromString("0.0.5001");

  const privateKey = (raw, kind) => (kind === "ecdsa" ? PrivateKey.fromBytesECDSA(raw) : PrivateKey.fromBytesED25519(raw));

  function clientFor(node, number, kind) {
    const client = sdk.Client.forNetwork({ [node]: new AccountId(3) }, { scheduleNetworkUpdate: false });
    client.setOperator(new AccountId(number), privateKey(secret(number), kind));
    client.setMaxAttempts(10).setMinBackoff(100).setMaxBackoff(200); // a receipt still UNKNOWN takes one of the ten
    client.setGrpcDeadline(30_000).setRequestTimeout(90_000); // of a busy machine
    return client;
  }

  async function settle(transaction, client) {
    const response = await transaction.execute(client);
    const receipt = await response.getReceipt(client);
    const record = await response.getRecord(client);
    const tinybars = {};
    for (const each of record.transfers) tinybars[each.accountId] = each.amount.toTinybars().toString();
    const dusd = {};
    for (const [account, amount] of record.tokenTransfers.get(DUSD) ?? []) dusd[account] = amount.toString();
    return {
      transactionId: text(response.transactionId),
      receipt: receipt.status.toString(),
      fee: record.transactionFee.toTinybars().toString(),
      memo: record.transactionMemo,
      tinybars,
      dusd,
    };
  }

  async function pay(node, number, kind) {
    const client = clientFor(node, number, kind);
    const payer = new AccountId(number);
    const hbar = new TransferTransaction()
      .addHbarTransfer(payer, sdk.Hbar.fromTinybars(-1000))
      .addHbarTransfer("0.0.2001", sdk.Hbar.fromTinybars(1000))
      .setTransactionMemo(`paid by ${name}`);
    const dusd = new TransferTransaction()
      .addTokenTransferWithDecimals(DUSD, payer, -250, 6)
      .addTokenTransferWithDecimals(DUSD, "0.0.2002", 250, 6);
    const found = { payer: payer.toString(), hbar: await settle(hbar, client), dusd: await settle(dusd, client) };
    const balance = await new sdk.AccountBalanceQuery().setAccountId(payer).execute(client);
    client.close();
    return {
      ...found,
      balance: { tinybars: balance.hbars.toTinybars().toString(), dusd: balance.tokens.get(DUSD).toString() },
    };
  }

  async function openAccount(node) {
    const client = clientFor(node, 2, "ed25519");
    const key = privateKey(createHash("sha256").update(`a new account of ${name}`).digest(), "ecdsa");
    const made = await new sdk.AccountCreateTransaction()
      .setKeyWithoutAlias(key.publicKey)
      .setInitialBalance(new sdk.Hbar(5))
      .execute(client);
    const number = (await made.getReceipt(client)).accountId;
    const associate = new sdk.TokenAssociateTransaction().setAccountId(number).setTokenIds([DUSD]).freezeWith(client);
    await (await (await associate.sign(key)).execute(client)).getReceipt(client); // throws unless SUCCESS
    client.close();
    return number.toString();
  }

  async function sign(asked) {
    const payer = AccountId.fromString(asked.payer);
    const transfer = new TransferTransaction().setTransactionMemo(asked.memo ?? "");
    const total = asked.payTo.reduce((sum, each) => sum + BigInt(each.amount), 0n);
    for (const { account, amount } of [{ account: asked.payer, amount: -total }, ...asked.payTo]) {
      if ((asked.asset ?? "0.0.0") === "0.0.0") {
        transfer.addHbarTransfer(account, sdk.Hbar.fromTinybars(amount.toString()));
      } else {
        transfer.addTokenTransfer(asked.asset, account, sdk.Long.fromString(amount.toString()));
      }
    }
    let id = sdk.TransactionId.generate(payer);
    if (asked.validStart) {
      const [seconds, nanos] = asked.validStart.split(".");
      id = sdk.TransactionId.withValidStart(payer, new sdk.Timestamp(Number(seconds), Number(nanos)));
    }
    const nodes = [asked.nodeAccount ?? "0.0.3"].flat();
    transfer.setTransactionId(id).setNodeAccountIds(nodes.map((each) => AccountId.fromString(each)));
    await transfer.freeze().sign(privateKey(Buffer.from(asked.key, "hex"), asked.keyType));
    return { bytes: Buffer.from(transfer.toBytes()).toString("hex"), transactionId: text(id) };
  }

  const [command, argument] = process.argv.slice(2);
  if (command === "execute") {
    const payments = [await pay(argument, 1001, "ed25519"), await pay(argument, 1002, "ecdsa")];
    console.log(JSON.stringify({ payments, created: await openAccount(argument) }));
  } else {
    const asked = JSON.parse(argument);
    console.log(JSON.stringify(Array.isArray(asked) ? await Promise.all(asked.map(sign)) : await sign(asked)));
  }
  process.exit(0); // the SDKs keep timers of their own
}
