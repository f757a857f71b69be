// The sheet: everything a signature will cover, read back from the bytes, and the only place that says yes.

import { HBAR } from "/demo/client/index.js";
import { showAmount, showTime } from "./words.js";

const element = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

/**
 * Resolves true only when the button was pressed; Escape, Deny and a closed page are a no.
 * @param {import("/demo/client/hedera.js").Description} description
 * @param {Uint8Array[]} bodies
 * @param {{assets: Record<string, import("./words.js").Asset>, coin: import("./words.js").Asset, clockOffset: number}} options
 * @returns {Promise<boolean>}
 */
export function approve(description, bodies, { assets, coin, clockOffset }) {
  const sheet = /** @type {HTMLDialogElement} */ (element("sheet"));
  const button = /** @type {HTMLButtonElement} */ (element("approve"));
  // An asset we have no name for is shown as it stands in the bytes: units of its id.
  const asset = assets[description.asset] ?? { asset: description.asset, symbol: `units of ${description.asset}`, decimals: 0 };
  const coinOrAsset = description.asset === HBAR ? coin : asset;

  element("sheet-amount").textContent = showAmount(description.amount, coinOrAsset);
  element("sheet-from").textContent = description.from.map((share) => share.account).join(", ");
  const until = document.createElement("span");
  facts(element("sheet-facts"), [
    [description.payTo.length > 1 ? "To, split" : "To", description.payTo.map((share) => [share.account, description.payTo.length > 1 ? showAmount(share.amount, coinOrAsset) : ""])],
    ["Memo", description.memo ? [[description.memo]] : "none"],
    ["Network fee", `at most ${showAmount(description.maxFee, coin)}`],
    [description.nodes.length > 1 ? "By one of the nodes" : "By node", description.nodes.map((node) => [node])],
    ["Good until", until],
  ]);
  element("sheet-size").textContent = `${bodies.reduce((sum, body) => sum + body.length, 0)}`;
  element("sheet-bytes").textContent = bodies
    .map((body) => Array.from(body, (byte) => byte.toString(16).padStart(2, "0")).join(""))
    .join("\n\n");

  const tick = () => {
    const left = Math.ceil((description.validUntil.getTime() - Date.now() - clockOffset) / 1000);
    until.textContent = `${showTime(description.validUntil.getTime() - clockOffset)}, ${left > 0 ? `${left} s left` : "over"}`;
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
