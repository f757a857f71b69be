// NOT WooCommerce: `wc.wcSettings` and `wc.wcBlocksRegistry` as its documentation has them, and a checkout that draws what is
// registered there. What WooCommerce would refuse is refused.
(() => {
  const all = window.wcSettings;
  const { createElement: h, cloneElement, createRoot, isValidElement, useState } = wp.element;
  const methods = {};
  const must = (holds, text) => {
    if (!holds) throw new TypeError(text);
  };

  window.wc = {
    wcSettings: {
      getSetting: (name, fallback = false) => all[name] ?? all.paymentMethodData[name.replace(/_data$/, "")] ?? fallback,
      getPaymentMethodData: (name, fallback = false) => all.paymentMethodData[name] ?? fallback,
    },
    wcBlocksRegistry: {
      registerPaymentMethod(options) {
        for (const name of ["name", "ariaLabel"]) must(typeof options[name] === "string" && options[name] !== "", `${name} has to be a string`);
        for (const name of ["content", "edit"]) must(isValidElement(options[name]), `${name} has to be a React element`);
        must(isValidElement(options.label) || typeof options.label === "string", "label has to be a React element or a string");
        must(typeof options.canMakePayment === "function", "canMakePayment has to be a function");
        must(Array.isArray(options.supports?.features) && options.supports.features.every((one) => typeof one === "string"), "supports.features has to be a list");
        must(["string", "undefined"].includes(typeof options.placeOrderButtonLabel), "placeOrderButtonLabel has to be a string");
        methods[options.name] = options;
      },
    },
  };

  const cart = { cartTotals: { total_price: "1000", currency_code: "USD" }, cartNeedsShipping: false, paymentRequirements: ["products"] };

  /** @param {{offered: any[]}} props */
  function Checkout({ offered }) {
    const [chosen, choose] = useState(offered[0]?.name);
    const [trouble, complain] = useState("");
    const method = offered.find(({ name }) => name === chosen);
    const place = async () => {
      const headers = { "content-type": "application/json" };
      const body = JSON.stringify({ order: all.standIn.order, payment_method: chosen });
      const answer = await (await fetch(all.standIn.place, { method: "POST", headers, body })).json();
      if (answer.payment_result?.payment_status !== "success") return complain(answer.message);
      location.assign(answer.payment_result.redirect_url);
    };
    const choices = offered.map(({ name, ariaLabel, label }) => [
      h("input", { key: `${name}-in`, type: "radio", id: name, name: "method", "aria-label": ariaLabel, checked: name === chosen, onChange: () => choose(name) }),
      h("label", { key: name, htmlFor: name }, isValidElement(label) ? cloneElement(label, { components: {} }) : label),
    ]);
    if (!method) return h("p", { role: "alert" }, "There are no payment methods available.");
    return h("form", { onSubmit: (event) => (event.preventDefault(), place()) }, choices,
      h("div", { id: "content" }, cloneElement(method.content, { billing: {}, eventRegistration: {} })),
      trouble && h("p", { role: "alert" }, trouble), h("button", null, method.placeOrderButtonLabel ?? "Place Order"));
  }

  window.standInCheckout = async () => {
    const able = await Promise.all(all.paymentMethodSortOrder.map(async (name) => {
      const method = methods[name];
      const fits = method && cart.paymentRequirements.every((one) => method.supports.features.includes(one));
      return fits && (await method.canMakePayment({ cart, cartTotals: cart.cartTotals })) ? [method] : [];
    }));
    createRoot(document.getElementById("checkout")).render(h(Checkout, { offered: able.flat() }));
  };
})();
