// Typed data of a page, read strictly: the one shape this wallet can show whole, an EIP-3009 authorization, or nothing.
//
// What is signed is not what the page sent but what was read from it, built anew. What the reader does not know is
// refused: a field that is not shown could be the one that matters.

import { AUTHORIZATION_TYPE, DOMAIN_TYPE } from "./client/eip155.js";

const KIND = "TransferWithAuthorization";
const LONGEST = 20_000; // characters; an authorization has 1,200
const ADDRESS = /^0x[0-9a-fA-F]{40}$/;
const MAX = (1n << 256n) - 1n;

export class Unshowable extends Error {
  name = "Unshowable";
  code = 4200;
}

/** @param {unknown} given JSON, or the object @returns {import("./client/eip155.js").TypedData} */
export function readAuthorization(given) {
  const data = parse(given);
  const { types = {}, primaryType, domain = {}, message = {} } = data ?? {};
  if (primaryType !== KIND) throw new Unshowable("This wallet signs transfers of tokens (EIP-3009) and nothing else it could not show.");
  only(data, ["types", "primaryType", "domain", "message"], "typed data");
  only(types, ["EIP712Domain", KIND], "types");
  if (!alike(types[KIND], AUTHORIZATION_TYPE)) throw new Unshowable("This is not the EIP-3009 transfer it is called.");
  if (types.EIP712Domain !== undefined && !alike(types.EIP712Domain, DOMAIN_TYPE)) throw new Unshowable("Its domain has another shape than tokens have.");
  only(domain, DOMAIN_TYPE.map(({ name }) => name), "domain");
  only(message, AUTHORIZATION_TYPE.map(({ name }) => name), "message");
  const chainId = number(domain.chainId, "chainId");
  if (chainId > BigInt(Number.MAX_SAFE_INTEGER) || chainId === 0n) throw new Unshowable("Its chain id is out of range.");
  return {
    types: { EIP712Domain: DOMAIN_TYPE, [KIND]: AUTHORIZATION_TYPE },
    primaryType: KIND,
    domain: { name: text(domain.name), version: text(domain.version), chainId: Number(chainId), verifyingContract: address(domain.verifyingContract) },
    message: {
      from: address(message.from),
      to: address(message.to),
      value: String(number(message.value, "value")),
      validAfter: String(number(message.validAfter, "validAfter")),
      validBefore: String(number(message.validBefore, "validBefore")),
      nonce: bytes32(message.nonce),
    },
  };
}

/** @param {unknown} given @returns {any} */
function parse(given) {
  if (typeof given !== "string") return given;
  if (given.length > LONGEST) throw new Unshowable("That is too much to show.");
  try {
    return JSON.parse(given);
  } catch {
    throw new Unshowable("This is not typed data.");
  }
}

/** @param {any} object @param {string[]} known @param {string} what */
function only(object, known, what) {
  const odd = object && typeof object === "object" ? Object.keys(object).find((key) => !known.includes(key)) : "nothing";
  if (odd !== undefined) throw new Unshowable(`The ${what} holds more than this wallet can show.`);
}

/** @param {any} given @param {{name: string, type: string}[]} expected */
const alike = (given, expected) =>
  Array.isArray(given) && given.length === expected.length &&
  given.every((field, at) => field?.name === expected[at].name && field.type === expected[at].type && Object.keys(field).length === 2);

/** @param {any} value @param {string} what */
function number(value, what) {
  const good = typeof value === "number" ? Number.isSafeInteger(value) : typeof value === "string" && /^(0|[1-9]\d{0,77}|0x[0-9a-fA-F]{1,64})$/.test(value);
  if (!good) throw new Unshowable(`Its ${what} is not a whole number.`);
  const found = BigInt(value);
  if (found < 0n || found > MAX) throw new Unshowable(`Its ${what} is out of range.`);
  return found;
}

/** @param {any} value */
function address(value) {
  if (typeof value !== "string" || !ADDRESS.test(value)) throw new Unshowable("It names something that is no address.");
  return value;
}

/** @param {any} value */
function bytes32(value) {
  if (typeof value !== "string" || !/^0x[0-9a-fA-F]{64}$/.test(value)) throw new Unshowable("Its nonce is not 32 bytes.");
  return value;
}

/** @param {any} value */
function text(value) {
  if (typeof value !== "string" || value.length > 100) throw new Unshowable("Its domain is not one of a token.");
  return value;
}
