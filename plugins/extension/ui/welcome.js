// First steps: a passphrase, then accounts.

import { ask, attempt, byId, el } from "./dom.js";
import { networkName } from "../networks.js";

const SECTIONS = ["start", "unlock", "add", "done"];

/** @param {string} name */
function show(name) {
  for (const section of SECTIONS) byId(section).hidden = section !== name;
  byId(`${name}-title`)?.focus();
}

async function start() {
  const { exists, open } = await ask("state");
  show(!exists ? "start" : open ? "add" : "unlock");
}

/** @param {string} form @param {string} error @param {string} button @param {() => Promise<void>} act */
function on(form, error, button, act) {
  byId(form).addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault();
    attempt(byId(error), byId(button), act);
  });
}

on("create", "create-error", "create-go", async () => {
  const passphrase = byId("passphrase").value;
  if (passphrase !== byId("repeat").value) throw new Error("The two are not the same.");
  await ask("create", { passphrase });
  byId("create").reset();
  show("add");
});

on("restore", "restore-error", "restore-go", async () => {
  const text = await byId("file").files[0].text();
  let file;
  try {
    file = JSON.parse(text);
  } catch {
    throw new Error("This is not a backup of this wallet.");
  }
  await ask("restore", { file, passphrase: byId("restore-passphrase").value });
  done((await ask("state")).accounts);
});

on("unlock-form", "unlock-error", "unlock-go", async () => {
  await ask("unlock", { passphrase: byId("unlock-passphrase").value });
  byId("unlock-form").reset();
  show("add");
});

/** @param {string} name */
const chosen = (name) => /** @type {HTMLInputElement} */ (document.querySelector(`input[name=${name}]:checked`)).value;

byId("account").addEventListener("change", () => {
  const [hedera, bring] = [chosen("kind") === "hedera", chosen("source") === "import"];
  byId("hedera").hidden = !hedera;
  byId("number-field").hidden = !hedera;
  byId("key-field").hidden = !bring;
});

on("account", "account-error", "account-go", async () => {
  const hedera = chosen("kind") === "hedera";
  const wish = {
    name: byId("name").value.trim(),
    network: hedera ? byId("network").value : "eip155",
    account: hedera ? byId("number").value.trim() || null : null,
    keyType: hedera ? byId("key-type").value : "secp256k1",
  };
  const bring = chosen("source") === "import";
  if (bring && hedera && !wish.account) throw new Error("Which account is it the key of? Write its number, such as 0.0.1234.");
  const account = await (bring ? ask("account.import", { ...wish, privateKey: byId("key").value }) : ask("account.create", wish));
  byId("account").reset();
  byId("account").dispatchEvent(new Event("change"));
  done([account]);
});

byId("development").addEventListener("click", () =>
  attempt(byId("account-error"), byId("development"), async () => {
    await ask("settings", { development: true });
    done(await ask("account.development"));
  }));

/** @param {import("../accounts.js").Account[]} accounts */
function done(accounts) {
  byId("added").replaceChildren(...accounts.map(({ name, account, publicKey, network }) =>
    el("li", {}, el("b", {}, name), el("span", { className: "mono small" }, account ?? publicKey),
      el("span", { className: "soft small" }, network === "eip155" ? "Every EVM chain" : networkName(network),
        account ? "" : ". Have an account opened for this public key, then write its number into the popup."))));
  show("done");
}

byId("more").addEventListener("click", () => show("add"));
byId("close").addEventListener("click", () => window.close());
start();
