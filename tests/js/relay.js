// A relay that misbehaves on request: real Socket.IO on port 0, told what to answer. Not the relay's rules, its wire.

import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { Server } from "socket.io";

export const USDC = "0xCA9FBE54ee07CCeAce7f6DFD6C21b5cea366851a";

export class FakeRelay {
  /** The merchant's journal. */ events = [];
  /** What arrived, in order: [event name, argument]. */ heard = [];
  /** Answers CRYPTOTRANSFER; replace it. */ answer = () => ({ status: "rejected", reason: "internal", error: "not told" });
  /** Events the replay pretends not to have, by seq. */ lost = new Set();
  refuseSubscribe = null;
  /** What GET /v1/invoices/{id} answers, by id. */ invoices = {};
  nodes = [{ address: "127.0.0.1:1", account: "0.0.3", healthy: true }];

  static async start() {
    const relay = new FakeRelay();
    relay.http = createServer((request, response) => relay.#http(request, response));
    relay.#listen();
    await new Promise((resolve) => relay.http.listen(0, "127.0.0.1", resolve));
    relay.port = relay.http.address().port;
    relay.url = `http://127.0.0.1:${relay.port}`;
    return relay;
  }

  #listen() {
    this.io = new Server(this.http, { serveClient: false });
    this.io.use((socket, next) => next(socket.handshake.auth.apiKey === "sk_wrong" ? new Error("unauthorized") : undefined));
    this.io.on("connection", (socket) => {
      socket.on("SUBSCRIBE", (wish, ack) => {
        this.heard.push(["SUBSCRIBE", wish]);
        if (this.refuseSubscribe) return ack({ error: this.refuseSubscribe });
        socket.join("all");
        const ours = this.events.filter((event) => !wish.invoice || event.invoice === wish.invoice);
        const missed = wish.after === undefined ? [] : ours.filter(({ seq }) => seq > wish.after && !this.lost.has(seq));
        for (const event of missed) socket.emit("CRYPTOTRANSFER_RESPONSE", event);
        ack({ stream: "merchant:shop", seq: this.events.length, replayed: missed.length });
      });
      socket.on("UNSUBSCRIBE", (wish, ack) => {
        this.heard.push(["UNSUBSCRIBE", wish]);
        ack?.({});
      });
      socket.on("CRYPTOTRANSFER", async (wish, ack) => {
        this.heard.push(["CRYPTOTRANSFER", wish]);
        const answer = await this.answer(wish, socket);
        if (answer !== undefined) ack(answer);
      });
    });
  }

  /** Write an event down and, unless told otherwise, tell everyone subscribed. */
  tell(fields = {}, { live = true } = {}) {
    const seq = this.events.length + 1;
    const event = {
      id: `evt_${seq}`, seq, prevSeq: seq - 1, stream: "merchant:shop", type: `payment.${fields.status ?? "settled"}`,
      status: "settled", invoice: "inv_1", contentId: "post-1", transactionId: "0.0.1001@1.000000001", ...fields,
    };
    this.events.push(event);
    if (live) this.io.to("all").emit("CRYPTOTRANSFER_RESPONSE", event);
    return event;
  }

  repeat(event) {
    this.io.to("all").emit("CRYPTOTRANSFER_RESPONSE", event);
  }

  /** End every connection as a draining server does. */
  drop() {
    this.io.disconnectSockets(true);
  }

  count(name) {
    return this.heard.filter(([heard]) => heard === name).length;
  }

  #http(request, response) {
    const asked = /^\/v1\/invoices\/(\w+)/.exec(request.url)?.[1];
    if (asked) {
      const found = this.invoices[asked] ?? { code: "invoice_not_found" };
      return response.writeHead(this.invoices[asked] ? 200 : 404, { "content-type": "application/json" }).end(JSON.stringify(found));
    }
    if (!request.url.startsWith("/v1/networks")) return;
    const usdc = { asset: USDC, symbol: "USDC", decimals: 6, schemes: ["exact", "signed"], extra: { name: "USDC", version: "2" } };
    const data = [
      { network: "hedera:devnet", nodes: this.nodes, assets: [{ asset: "0.0.0", symbol: "HBAR", decimals: 8 }] },
      { network: "eip155:31337", nodes: [], assets: [{ asset: "native", symbol: "ETH", decimals: 18, schemes: ["signed"] }, usdc] },
    ];
    response.setHeader("content-type", "application/json").end(JSON.stringify({ data, time: new Date().toISOString() }));
  }

  async stop() {
    await this.io.close();
  }
}

/** Wait until something is true; fails after half a minute with what it was waiting for. */
export async function until(check, what = String(check)) {
  for (let left = 3000; left > 0; left--) {
    const value = await check();
    if (value) return value;
    await sleep(10);
  }
  throw new Error(`never happened: ${what}`);
}
