// The hash of EIP-712 typed data: what a key signs when a wallet shows it.

import { keccak_256 } from "./vendor/noble/sha3.js";

/** @typedef {import("./eip155.js").TypedData} TypedData */

const encoder = new TextEncoder();

/** 32 bytes: keccak(0x1901 ‖ domain ‖ message). @param {TypedData} typedData */
export function hashTypedData({ types, primaryType, domain, message }) {
  const parts = [Uint8Array.of(0x19, 0x01), hashStruct(types, "EIP712Domain", domain), hashStruct(types, primaryType, message)];
  return keccak_256(concat(parts));
}

/** @param {TypedData["types"]} types @param {string} type @param {Record<string, any>} value @returns {Uint8Array} */
function hashStruct(types, type, value) {
  const typeHash = keccak_256(encoder.encode(encodeType(types, type)));
  return keccak_256(concat([typeHash, ...types[type].map((field) => word(types, field.type, value[field.name]))]));
}

/** The type, then the types it refers to in alphabetical order. @param {TypedData["types"]} types @param {string} type */
function encodeType(types, type) {
  const found = new Set();
  const visit = (/** @type {string} */ name) => {
    if (!types[name] || found.has(name)) return;
    found.add(name);
    for (const field of types[name]) visit(field.type);
  };
  visit(type);
  found.delete(type);
  const spell = (/** @type {string} */ name) => `${name}(${types[name].map((field) => `${field.type} ${field.name}`).join(",")})`;
  return [type, ...[...found].sort()].map(spell).join("");
}

/** One field as 32 bytes. @param {TypedData["types"]} types @param {string} type @param {any} value @returns {Uint8Array} */
function word(types, type, value) {
  if (types[type]) return hashStruct(types, type, value);
  if (type === "string") return keccak_256(encoder.encode(value));
  if (type === "bytes") return keccak_256(fromHex(value));
  const size = Number(/^u?int(\d+)$/.exec(type)?.[1] ?? 0);
  if (size && type.startsWith("u")) {
    const number = BigInt(value);
    if (number < 0n || number >> BigInt(size)) throw new RangeError(`${value} does not fit ${type}`);
    return fromHex(number.toString(16).padStart(64, "0"));
  }
  const bytes = fromHex(value);
  if (type === "address" && bytes.length === 20) return concat([new Uint8Array(12), bytes]);
  if (type === "bytes32" && bytes.length === 32) return bytes;
  throw new TypeError(`a field of type ${type} cannot be shown and signed here`);
}

/** @param {string} hex with or without 0x */
export function fromHex(hex) {
  const digits = hex.replace(/^0x/, "");
  if (digits.length % 2 || !/^[0-9a-fA-F]*$/.test(digits)) throw new TypeError(`${hex} is not hex`);
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** @param {Uint8Array} bytes */
export const toHex = (bytes) => `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;

/** @param {Uint8Array[]} parts */
function concat(parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
