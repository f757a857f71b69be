/**
 * Other words, or another language: `setMessages("fr", {unlock: "Débloquer pour {price}", …})`. What is missing is English.
 * @param {string} language @param {Messages} messages
 */
export function setMessages(language: string, messages: Messages): void;
/**
 * @param {string} language as in `lang`: `de-AT` finds `de`
 * @returns {(name: string, values?: Record<string, string | number>) => string}
 */
export function speaker(language: string): (name: string, values?: Record<string, string | number>) => string;
/** By language. @type {Record<string, Messages>} */
export const known: Record<string, Messages>;
export function reason(say: ReturnType<typeof speaker>, code: string): string;
export type Messages = Record<string, string>;
