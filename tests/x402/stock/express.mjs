// A stock resource server from npm: `node express.mjs FACILITATOR PAYTO PRICE` prints its port, and sells /page.
import express from "express";
import { HTTPFacilitatorClient } from "@x402/core/server";
import { ExactEvmScheme } from "@x402/evm/exact/server";
import { paymentMiddleware, x402ResourceServer } from "@x402/express";

const [facilitator, payTo, price] = process.argv.slice(2);
const network = "eip155:84532";
const server = new x402ResourceServer(new HTTPFacilitatorClient({ url: facilitator }));
server.register(network, new ExactEvmScheme());

const app = express();
const terms = { accepts: { scheme: "exact", price, network, payTo }, description: "a page", mimeType: "text/plain" };
app.use(paymentMiddleware({ "GET /page": terms }, server));
app.get("/page", (request, answer) => answer.type("text/plain").send("worth it"));
const listening = app.listen(0, "127.0.0.1", () => console.log(listening.address().port));
