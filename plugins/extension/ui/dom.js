// What the wallet's own pages share: asking the worker, and building what they show. Text is always text, never markup.

/** What the worker would not do. */
export class Refused extends Error {
  name = "Refused";
  /** @param {{code: string, message: string, name?: string}} error */
  constructor({ code, message, name }) {
    super(message);
    this.code = code;
    this.kind = name;
  }
}

/** @param {string} type @param {object} [given] @returns {Promise<any>} */
export async function ask(type, given = {}) {
  const answer = await chrome.runtime.sendMessage({ ...given, type });
  if (answer?.error) throw new Refused(answer.error);
  return answer?.result;
}

/** @param {string} id @returns {any} */
export const byId = (id) => document.getElementById(id);

/**
 * An element: `el("p", {className: "soft"}, "text", otherElement)`. Properties, but `aria-…` and `data-…` as attributes.
 * @param {string} name @param {Record<string, any>} [properties] @param {...(string | Node | null | false)} children
 */
export function el(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.includes("-") || key === "role") made.setAttribute(key, value);
    else if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else /** @type {any} */ (made)[key] = value;
  }
  made.append(...children.filter((child) => child !== null && child !== false));
  return made;
}

/** @param {import("../show.js").View["rows"]} rows */
export const facts = (rows) =>
  el("dl", { className: "facts" }, ...rows.map(([term, value]) =>
    el("div", {}, el("dt", {}, term), el("dd", {}, ...(typeof value === "string" ? [value] : value.map(({ mono, note }) =>
      el("div", {}, el("span", { className: "mono" }, mono), note ? el("span", { className: "note" }, note) : null)))))));

/** Run what a form or button does: once at a time, its refusal in words beside it. @param {HTMLElement} error @param {HTMLButtonElement} button @param {() => Promise<void>} act */
export async function attempt(error, button, act) {
  error.textContent = "";
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  try {
    await act();
  } catch (failure) {
    error.textContent = failure instanceof Error ? failure.message : "That did not work.";
  } finally {
    button.disabled = false;
    button.removeAttribute("aria-busy");
  }
}
