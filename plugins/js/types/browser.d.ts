export * from "./index.js";
export * from "./elements/index.js";
