// The sheet: everything a signature will cover, read back from the bytes, and the only place that says yes.

import { showTime } from "./words.js";

const element = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

/**
 * Resolves true only when the button was pressed; Escape, Deny and a closed page are a no.
 * @param {import("./shown.js").Shown} shown @param {{clockOffset: number}} options
 * @returns {Promise<boolean>}
 */
export function approve({ amount, from, rows, validUntil, what, raw, source }, { clockOffset }) {
  const sheet = /** @type {HTMLDialogElement} */ (element("sheet"));
  const button = /** @type {HTMLButtonElement} */ (element("approve"));
  element("sheet-amount").textContent = amount;
  element("sheet-from").textContent = from;
  const until = document.createElement("span");
  facts(element("sheet-facts"), [...rows, ["Good until", until]]);
  element("sheet-what").textContent = what;
  element("sheet-bytes").textContent = raw;
  element("sheet-source").textContent = source;

  const tick = () => {
    const left = Math.ceil((validUntil.getTime() - Date.now() - clockOffset) / 1000);
    until.textContent = `${showTime(validUntil.getTime() - clockOffset)}, ${left > 0 ? `${left} s left` : "over"}`;
    button.disabled = left <= 0;
    element("sheet-over").hidden = left > 0;
  };
  tick();
  const clock = setInterval(tick, 1000);

  return new Promise((resolve) => {
    sheet.returnValue = "deny";
    sheet.addEventListener(
      "close",
      () => {
        clearInterval(clock);
        resolve(sheet.returnValue === "approve");
      },
      { once: true },
    );
    sheet.showModal();
    element("sheet-title").focus();
  });
}

/**
 * @param {HTMLElement} list
 * @param {[string, string | Node | string[][]][]} rows a list of lists is ids in monospace, each with an optional amount
 */
export function facts(list, rows) {
  list.replaceChildren(
    ...rows.flatMap(([name, value]) => {
      const term = Object.assign(document.createElement("dt"), { textContent: name });
      const detail = document.createElement("dd");
      if (Array.isArray(value)) {
        for (const [id, amount] of value) {
          const line = document.createElement("div");
          line.append(Object.assign(document.createElement("span"), { className: "mono", textContent: id }));
          if (amount) line.append(Object.assign(document.createElement("span"), { textContent: amount }));
          detail.append(line);
        }
      } else {
        detail.append(value);
      }
      return [term, detail];
    }),
  );
}
