// Builds what plugins/js publishes beside its sources: dist/relay.js for a script tag, types/ for TypeScript.
//
//   node tests/js/build.mjs [DIR]     into plugins/js, or elsewhere to compare

import { execFileSync } from "node:child_process";
import { cpSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild-wasm";

const here = dirname(fileURLToPath(import.meta.url));
const client = join(here, "../../plugins/js");
const out = process.argv[2] ?? client;

const shared = { entryPoints: [join(client, "browser.js")], bundle: true, minify: true, target: "es2022", legalComments: "none", write: true };
const banner = { js: "/* Relay client and elements, Apache-2.0. Contains socket.io-client 4.8.4, MIT. Built by tests/js/build.mjs */" };
const script = { ...shared, format: "iife", globalName: "RelayClient", banner };
await build({ ...script, outfile: join(out, "dist/relay.js") });
if (out !== client) await build({ ...script, outfile: join(out, "without-socket.io.js"), external: ["*/socket.io.esm.min.js"] });

rmSync(join(out, "types"), { recursive: true, force: true });
const tsc = join(here, "node_modules/typescript/bin/tsc");
execFileSync(process.execPath, [tsc, "-p", join(here, "tsconfig.types.json"), "--outDir", join(out, "types")], { stdio: "inherit" });
cpSync(join(client, "vendor/socket.io.esm.min.d.ts"), join(out, "types/vendor/socket.io.esm.min.d.ts"));
