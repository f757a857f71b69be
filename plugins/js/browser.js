// What dist/relay.js is made of: both elements, and the whole client as `RelayClient` for scripts that are no modules.

export * from "./index.js";
export * from "./elements/index.js";
