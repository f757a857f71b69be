// Paying on an EVM chain: typed data that the payer's wallet shows and signs, for any EIP-1193 wallet.
//
// Nothing is sent by the wallet and no gas is paid by the payer: what he signs is an EIP-3009 authorization (`exact` of
// x402), which the relay sends. The wallet shows it; what a page shows beside it is read from the same typed data.

/**
 * @typedef {object} Provider a wallet, as EIP-1193 has it (`window.ethereum`)
 * @property {(request: {method: string, params?: unknown[]}) => Promise<any>} request
 * @property {(event: string, listener: (value: any) => void) => unknown} [on]
 *
 * @typedef {{uuid: string, name: string, icon: string, rdns: string}} WalletInfo EIP-6963
 * @typedef {{info: WalletInfo, provider: Provider}} Wallet
 *
 * @typedef {object} ChainHint what a wallet that does not know a chain has to be told, EIP-3085
 * @property {string} chainName @property {string[]} rpcUrls
 * @property {{name: string, symbol: string, decimals: number}} [nativeCurrency] @property {string[]} [blockExplorerUrls]
 *
 * @typedef {object} TypedData EIP-712, as `eth_signTypedData_v4` takes it
 * @property {Record<string, {name: string, type: string}[]>} types @property {string} primaryType
 * @property {{name: string, version: string, chainId: number, verifyingContract: string}} domain
 * @property {Record<string, string>} message
 *
 * @typedef {object} AuthorizationDescription what typed data will do, read from it
 * @property {"authorization"} kind @property {string} network @property {string} transactionId @property {string} payer
 * @property {{account: string, amount: string}[]} payTo @property {string} asset @property {string} amount
 * @property {string} token the name the token signs under @property {string} nonce @property {Date} validUntil
 *
 * @typedef {object} EvmSigner
 * @property {string} account
 * @property {(network: string, typedData: TypedData) => Promise<string>} signTypedData 0x-hex
 * @property {(description: AuthorizationDescription, typedData: TypedData) => boolean | Promise<boolean>} [approve]
 *   asked before the wallet is; leave it out where the wallet shows what it signs
 */

const AUTHORIZATION = "TransferWithAuthorization";
const NOT_KNOWN = 4902; // EIP-3085: the wallet has no such chain
const NOT_AUTHORIZED = 4100; // EIP-1193
const WINDOW = 600; // seconds that a block's time may be behind ours, as x402 buyers allow for
const DEFAULT_VALID_SECONDS = 600; // people read what they sign
const ADDRESS = /^0x[0-9a-fA-F]{40}$/;

export const DOMAIN_TYPE = [
  { name: "name", type: "string" },
  { name: "version", type: "string" },
  { name: "chainId", type: "uint256" },
  { name: "verifyingContract", type: "address" },
];
export const AUTHORIZATION_TYPE = [
  { name: "from", type: "address" },
  { name: "to", type: "address" },
  { name: "value", type: "uint256" },
  { name: "validAfter", type: "uint256" },
  { name: "validBefore", type: "uint256" },
  { name: "nonce", type: "bytes32" },
];

/** `eip155:8453` → 8453. @param {string} network */
export function chainIdOf(network) {
  const found = /^eip155:([1-9]\d{0,15})$/.exec(network);
  if (!found) throw new RangeError(`${network} is not an EVM network such as eip155:8453`);
  return Number(found[1]);
}

/**
 * Typed data that moves `value` of a token from `from` to `to`, once: the nonce is random.
 * @param {object} what
 * @param {string} what.network @param {string} what.asset the token's contract
 * @param {{name: string, version: string}} what.extra the token's EIP-712 domain, from `GET /v1/networks`
 * @param {string} what.from @param {string} what.to @param {string} what.value smallest units
 * @param {number} what.now milliseconds, by the relay's clock
 * @param {number} [what.validSeconds]
 * @returns {TypedData}
 */
export function buildAuthorization({ network, asset, extra, from, to, value, now, validSeconds = DEFAULT_VALID_SECONDS }) {
  for (const [name, text] of Object.entries({ asset, from, to })) {
    if (!ADDRESS.test(text)) throw new RangeError(`${name}: ${text} is not an address`);
  }
  if (!/^[1-9]\d{0,77}$/.test(value)) throw new RangeError(`${value} is not an amount in smallest units`);
  const seconds = Math.floor(now / 1000);
  const nonce = crypto.getRandomValues(new Uint8Array(32));
  return {
    types: { EIP712Domain: DOMAIN_TYPE, [AUTHORIZATION]: AUTHORIZATION_TYPE },
    primaryType: AUTHORIZATION,
    domain: { name: extra.name, version: extra.version, chainId: chainIdOf(network), verifyingContract: asset },
    message: {
      from,
      to,
      value,
      validAfter: String(seconds - WINDOW),
      validBefore: String(seconds + validSeconds),
      nonce: `0x${Array.from(nonce, (byte) => byte.toString(16).padStart(2, "0")).join("")}`,
    },
  };
}

/**
 * What signing this typed data allows. Throws where it is anything but one transfer of one token.
 * @param {TypedData} typedData
 * @returns {AuthorizationDescription}
 */
export function describeAuthorization({ types, primaryType, domain, message }) {
  const same = JSON.stringify(types[AUTHORIZATION]) === JSON.stringify(AUTHORIZATION_TYPE);
  if (primaryType !== AUTHORIZATION || !same) throw new TypeError("this is not an authorization to transfer a token");
  const { from, to, value, validBefore, nonce } = message;
  return {
    kind: "authorization",
    network: `eip155:${domain.chainId}`,
    transactionId: `${from}+${nonce}@${domain.verifyingContract}`,
    payer: from,
    payTo: [{ account: to, amount: value }],
    asset: domain.verifyingContract,
    amount: value,
    token: domain.name,
    nonce,
    validUntil: new Date((Number(validBefore) - 1) * 1000),
  };
}

/** What `CRYPTOTRANSFER` takes as `transaction` of scheme `exact`. @param {TypedData} typedData @param {string} signature */
export const authorizationPayload = (typedData, signature) => ({ authorization: typedData.message, signature });

/**
 * Hear of every wallet in this browser: those that announce themselves (EIP-6963), and `window.ethereum` where none does.
 * @param {(wallet: Wallet) => void} onWallet called once per wallet, also for ones that come later
 * @returns {() => void} stops it
 */
export function discoverWallets(onWallet) {
  const known = new Set();
  const hear = (/** @type {any} */ event) => {
    const { info, provider } = event.detail ?? {};
    if (!info?.uuid || typeof provider?.request !== "function" || known.has(info.uuid)) return;
    known.add(info.uuid);
    onWallet({ info, provider });
  };
  addEventListener("eip6963:announceProvider", hear);
  dispatchEvent(new Event("eip6963:requestProvider"));
  const single = /** @type {any} */ (globalThis).ethereum;
  if (known.size === 0 && typeof single?.request === "function") {
    onWallet({ info: { uuid: "injected", name: "Browser wallet", icon: "", rdns: "" }, provider: single });
  }
  return () => removeEventListener("eip6963:announceProvider", hear);
}

/**
 * A signer for `pay` over a wallet. Asks the wallet for its account; signing switches the wallet to the invoice's chain,
 * telling it of the chain where it does not know it.
 * @param {Provider} provider
 * @param {{account?: string, chain?: ChainHint, approve?: EvmSigner["approve"]}} [options]
 * @returns {Promise<EvmSigner>}
 */
export async function walletSigner(provider, { account, chain, approve } = {}) {
  const accounts = await ask(provider, "eth_requestAccounts");
  const found = account === undefined ? accounts[0] : accounts.find((/** @type {string} */ one) => sameText(one, account));
  if (!found) throw new WalletError("wallet_refused", "The wallet did not open this account to the page.");
  return {
    account: found,
    ...(approve && { approve }),
    async signTypedData(network, typedData) {
      await switchChain(provider, chainIdOf(network), chain);
      return ask(provider, "eth_signTypedData_v4", [found, JSON.stringify(typedData)]);
    },
  };
}

/** A text signed as EIP-191 has it; it can be no transaction. @param {Provider} provider @param {string} account @param {string} text @returns {Promise<string>} */
export function signMessage(provider, account, text) {
  const bytes = Array.from(new TextEncoder().encode(text), (byte) => byte.toString(16).padStart(2, "0"));
  return ask(provider, "personal_sign", [`0x${bytes.join("")}`, account]);
}

/** @param {Provider} provider @param {number} chainId @param {ChainHint} [hint] */
async function switchChain(provider, chainId, hint) {
  const wanted = `0x${chainId.toString(16)}`;
  if (Number(await ask(provider, "eth_chainId")) === chainId) return;
  try {
    await ask(provider, "wallet_switchEthereumChain", [{ chainId: wanted }]);
  } catch (error) {
    const code = error instanceof WalletError ? error.number : 0;
    if (code !== NOT_KNOWN || !hint) throw error;
    const nativeCurrency = { name: "Ether", symbol: "ETH", decimals: 18 };
    await ask(provider, "wallet_addEthereumChain", [{ chainId: wanted, nativeCurrency, ...hint }]);
    await ask(provider, "wallet_switchEthereumChain", [{ chainId: wanted }]); // adding need not be switching
  }
  if (Number(await ask(provider, "eth_chainId")) !== chainId) {
    throw new WalletError("wallet_refused", `The wallet stayed on another network than eip155:${chainId}.`);
  }
}

/** The wallet said no (`declined`), or could not (`wallet_refused`). */
export class WalletError extends Error {
  name = "WalletError";
  /** @param {string} code @param {string} message @param {number} [number] EIP-1193's */
  constructor(code, message, number = 0) {
    super(message);
    this.code = code;
    this.number = number;
  }
}

/** @param {Provider} provider @param {string} method @param {unknown[]} [params] */
async function ask(provider, method, params) {
  try {
    return await provider.request(params === undefined ? { method } : { method, params });
  } catch (error) {
    const { code = 0, message = "The wallet did not answer.", data } = /** @type {any} */ (error) ?? {};
    const number = data?.originalError?.code ?? code; // some wallets wrap their own errors
    const declined = number === 4001 || number === NOT_AUTHORIZED;
    throw new WalletError(declined ? "declined" : "wallet_refused", declined ? "Declined in the wallet." : message, number);
  }
}

/** @param {string} a @param {string} b */
const sameText = (a, b) => a.toLowerCase() === b.toLowerCase();
