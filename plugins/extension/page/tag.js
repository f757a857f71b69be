// The tag of 2019 on a page: handed to the worker, and a strip at the top that says what it asks.
//
// The strip is for looking at. A page could draw the same, cover this one or press its button; all it would get is the
// wallet's own window, where people decide.

(() => {
  /** @typedef {[label: string, press: () => void]} Press */
  const REDIRECT_MS = 4_000; // as in 2019: time to read why
  const NO_ACCOUNT_MS = 6_000;
  const ask = /** @type {any} */ (globalThis).relayWalletRequest;

  const find = () => {
    const tag = /** @type {HTMLElement | null} */ (document.querySelector("hedera-micropayment"));
    // A page that brings the client's own element for it pays through that, and it asks this wallet if it needs one.
    if (tag && !tag.matches(":defined")) serve(tag);
  };

  /** @param {HTMLElement} tag */
  async function serve(tag) {
    const data = { ...tag.dataset };
    const strip = new Strip();
    const { result, error } = await ask(crypto.randomUUID(), "wallet_tag", data);
    if (error) return strip.say("bad", `This page asks for a payment in a way the wallet cannot read. Nothing was paid. ${error.message}`);
    const { state, type, price, server, redirect, since } = result;
    switch (state) {
      case "paid":
        return done(strip, tag, result);
      case "covered":
        return type === "402" && leave(tag, strip, redirect.homePage, `Pages here are paid up to ${price} each.`);
      case "free":
        return free(strip, tag, data, result);
      case "never":
        return type === "charge" && leave(tag, strip, redirect.nonPayingAccount);
      case "no_account":
        return leave(tag, strip, redirect.noAccount, `This page asks ${price}. Your wallet has no Hedera account yet.`, NO_ACCOUNT_MS);
      case "pays": {
        const { result: event } = await ask(crypto.randomUUID(), "wallet_tagPay", data);
        if (event) return done(strip, tag, { ...result, event });
      }
    }
    const review = async () => {
      strip.say("wait", "The wallet asks you in its own window…");
      const { result: event, error: refused } = await ask(crypto.randomUUID(), "wallet_tagReview", data);
      if (event) return done(strip, tag, { ...result, event });
      post("micro-payment-deny", refused);
      /** @type {Press[]} */ const again = [["Try again", () => serve(tag)]];
      strip.say("bad", `Not paid: ${refused.message}`, again);
      if (refused.code === "declined") leave(tag, strip, redirect.nonPayingAccount, `Not paid: ${refused.message}`, REDIRECT_MS, again);
    };
    strip.say("plain", `This page asks ${price}, paid through ${server}.${since ? ` Its price is from ${since}.` : ""}`, [["Review", review]]);
  }

  /** Nothing is charged here: the site says what its pages cost, and may be allowed to take it. @param {Strip} strip @param {HTMLElement} tag @param {object} data @param {any} result */
  function free(strip, tag, data, { type, price, server, redirect }) {
    const allow = async () => {
      strip.say("wait", "The wallet asks you in its own window…");
      const { result, error } = await ask(crypto.randomUUID(), "wallet_tagAllow", data);
      if (!result) return strip.say("plain", `Nothing was allowed: ${error.message}`, [["Try again", () => serve(tag)]]);
      const said = "Allowed. What this site asks within your limits is paid without asking.";
      strip.say("good", said);
      if (type === "402") leave(tag, strip, redirect.homePage, said);
    };
    strip.say("plain", `Pages here cost up to ${price}, paid through ${server}. You are asked each time.`, [["Allow…", allow]]);
  }

  /** @param {Strip} strip @param {HTMLElement} tag @param {any} result */
  function done(strip, tag, { event, price, redirect }) {
    strip.say("good", `Paid ${price}.`);
    post("micro-payment-success", event);
    tag.dispatchEvent(new CustomEvent("paid", { detail: event, bubbles: true }));
    if (location.pathname === redirect.nonPayingAccount) leave(tag, strip, redirect.homePage, `Paid ${price}.`);
  }

  /** What pages of the time listen for. @param {string} type @param {unknown} res */
  const post = (type, res) => window.postMessage({ type, res }, location.origin);

  /**
   * To another page of this site. With a text it is announced, and the reader may stay.
   * @param {HTMLElement} tag @param {Strip} strip @param {string} path checked by the worker @param {string} [text] @param {number} [wait] @param {Press[]} [more]
   */
  function leave(tag, strip, path, text, wait = REDIRECT_MS, more = []) {
    if (text) strip.say("plain", text, more);
    if (path === location.pathname || !tag.dispatchEvent(new CustomEvent("relay:redirect", { bubbles: true, cancelable: true }))) return;
    const timer = setTimeout(() => location.assign(new URL(path, location.origin)), wait);
    const stay = () => (clearTimeout(timer), strip.say("plain", text ?? "", more));
    if (text) strip.say("plain", `${text} You are taken to another page of this site.`, [["Stay here", stay], ...more]);
  }

  class Strip {
    #host = document.createElement("relay-wallet-strip");
    #root = this.#host.attachShadow({ mode: "open" });

    /** @param {"plain" | "wait" | "good" | "bad"} tone @param {string} text @param {Press[]} [buttons] */
    say(tone, text, buttons = []) {
      const style = new CSSStyleSheet();
      style.replaceSync(`
        :host { all: initial; position: fixed; inset: 0 0 auto 0; z-index: 2147483647; }
        div { display: flex; gap: 12px; align-items: center; justify-content: center; padding: 10px 16px; font: 14px/1.4 system-ui, sans-serif;
          color: #fff; background: ${{ plain: "#1f1d1a", wait: "#5c3d00", good: "#1b4d3e", bad: "#7c261e" }[tone]}; box-shadow: 0 2px 12px rgb(0 0 0 / 25%); }
        button { font: inherit; font-weight: 600; padding: 5px 14px; border: 1px solid currentcolor; border-radius: 6px; background: none; color: inherit; cursor: pointer; }
        button:focus-visible { outline: 2px solid #fff; outline-offset: 2px; }`);
      this.#root.adoptedStyleSheets = [style];
      const bar = document.createElement("div");
      bar.setAttribute("role", "status");
      bar.append(Object.assign(document.createElement("span"), { textContent: text }));
      for (const [label, press] of [...buttons, /** @type {Press} */ (["Hide", () => this.#host.remove()])]) {
        const button = Object.assign(document.createElement("button"), { textContent: label, type: "button" });
        button.addEventListener("click", press);
        bar.append(button);
      }
      this.#root.replaceChildren(bar);
      if (!this.#host.isConnected) document.documentElement.append(this.#host);
    }
  }

  if (document.readyState === "complete") find();
  else window.addEventListener("load", find, { once: true });
})();
