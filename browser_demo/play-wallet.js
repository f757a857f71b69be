// A wallet with a well-known key of the development node, for pages of the demo. It asks in the browser's plainest way.

const { announceWallet, developmentSigner, hederaWallet } = /** @type {any} */ (globalThis).RelayClient;
const ACCOUNT = "0.0.1001";
const TINYBARS = 100_000_000;

/** @param {{amount: string, payTo: {account: string}[]}} what read from the bytes that would be signed */
const approve = ({ amount, payTo }) => confirm(`Pay ${Number(amount) / TINYBARS} ℏ of play money to ${payTo.map(({ account }) => account).join(", ")}?`);

announceWallet(hederaWallet({
  name: "Play wallet",
  networks: ["hedera:devnet"],
  open: async () => ({ ...(await developmentSigner(ACCOUNT)), approve }),
}));
