// The tag of 2019 on a page: handed to the worker, and a strip at the top that says what it asks.
//
// The strip is for looking at. A page could draw the same, cover this one or press its button; all it would get is the
// wallet's own window, where people decide.

(() => {
  const REDIRECT_MS = 4_000; // as in 2019: time to read why
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
    const { state, price, server, redirect } = result;
    switch (state) {
      case "paid":
        return done(strip, tag, result);
      case "covered":
        return;
      case "free":
        return strip.say("plain", `Pages here cost up to ${price}, paid through ${server}. You will be asked.`);
      case "never":
        return leave(redirect.nonPayingAccount);
      case "no_account":
        strip.say("wait", `This page asks ${price}. Your wallet has no Hedera account yet.`);
        return leave(redirect.noAccount);
      case "pays": {
        const { result: event } = await ask(crypto.randomUUID(), "wallet_tagPay", data);
        if (event) return done(strip, tag, { ...result, event });
      }
    }
    strip.say("plain", `This page asks ${price}, paid through ${server}.`, "Review", async () => {
      strip.say("wait", "The wallet asks you in its own window…");
      const { result: event, error: refused } = await ask(crypto.randomUUID(), "wallet_tagReview", data);
      if (event) return done(strip, tag, { ...result, event });
      post("micro-payment-deny", refused);
      strip.say("bad", `Not paid: ${refused.message}`, "Try again", () => serve(tag));
      if (refused.code === "declined") leave(redirect.nonPayingAccount);
    });
  }

  /** @param {Strip} strip @param {HTMLElement} tag @param {any} result */
  function done(strip, tag, { event, price, redirect }) {
    strip.say("good", `Paid ${price}.`);
    post("micro-payment-success", event);
    tag.dispatchEvent(new CustomEvent("paid", { detail: event, bubbles: true }));
    if (location.pathname === redirect.nonPayingAccount) leave(redirect.homePage);
  }

  /** What pages of the time listen for. @param {string} type @param {unknown} res */
  const post = (type, res) => window.postMessage({ type, res }, location.origin);

  /** @param {string | undefined} path checked by the worker to be on this site */
  function leave(path) {
    if (path && path !== location.pathname) setTimeout(() => location.assign(new URL(path, location.origin)), REDIRECT_MS);
  }

  class Strip {
    #host = document.createElement("relay-wallet-strip");
    #root = this.#host.attachShadow({ mode: "open" });

    /** @param {"plain" | "wait" | "good" | "bad"} tone @param {string} text @param {string} [action] @param {() => void} [act] */
    say(tone, text, action, act) {
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
      for (const [label, press] of /** @type {[string, () => void][]} */ ([...(action ? [[action, act]] : []), ["Hide", () => this.#host.remove()]])) {
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
