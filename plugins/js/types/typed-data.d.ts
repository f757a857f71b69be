/** 32 bytes: keccak(0x1901 ‖ domain ‖ message). @param {TypedData} typedData */
export function hashTypedData({ types, primaryType, domain, message }: TypedData): Uint8Array<ArrayBufferLike> & Uint8Array<ArrayBuffer>;
/** @param {string} hex with or without 0x */
export function fromHex(hex: string): Uint8Array<ArrayBuffer>;
export function toHex(bytes: Uint8Array): string;
export type TypedData = import("./eip155.js").TypedData;
