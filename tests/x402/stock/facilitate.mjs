// The reference facilitator from npm as its example has it, and with viem's nonce manager, without which most of what is
// settled at once fails. `node facilitate.mjs RPC KEY eip155:84532` prints its port.
import express from "express";
import { x402Facilitator } from "@x402/core/facilitator";
import { toFacilitatorEvmSigner } from "@x402/evm";
import { ExactEvmScheme } from "@x402/evm/exact/facilitator";
import { createWalletClient, http, publicActions } from "viem";
import { nonceManager, privateKeyToAccount } from "viem/accounts";
import { baseSepolia } from "viem/chains";

const [rpc, key, network] = process.argv.slice(2);
const account = privateKeyToAccount(key, { nonceManager });
const client = createWalletClient({ account, chain: baseSepolia, transport: http(rpc) }).extend(publicActions);
const signer = toFacilitatorEvmSigner({
  address: account.address,
  readContract: (what) => client.readContract(what),
  verifyTypedData: (what) => client.verifyTypedData(what),
  writeContract: (what) => client.writeContract(what),
  sendTransaction: (what) => client.sendTransaction(what),
  waitForTransactionReceipt: (what) => client.waitForTransactionReceipt(what),
  getCode: (what) => client.getCode(what),
});
const facilitator = new x402Facilitator();
facilitator.register(network, new ExactEvmScheme(signer));

const app = express();
app.use(express.json());
const route = (verb) => async (request, answer) => {
  const { paymentPayload, paymentRequirements } = request.body;
  try {
    answer.json(await facilitator[verb](paymentPayload, paymentRequirements));
  } catch (error) {
    answer.status(500).json({ error: String(error) });
  }
};
app.post("/verify", route("verify"));
app.post("/settle", route("settle"));
app.get("/supported", (request, answer) => answer.json(facilitator.getSupported()));
const listening = app.listen(0, "127.0.0.1", () => console.log(listening.address().port));
