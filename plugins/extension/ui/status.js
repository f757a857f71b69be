// How a payment stands, in honest words: submitted is not paid, and what nobody knows is said to be unknown.

/** @type {Record<string, {words: string, tone: string, why?: string}>} */
export const STATUS = {
  signed: { words: "On its way", tone: "wait", why: "Signed and handed over; no answer yet." },
  submitted: { words: "Submitted", tone: "wait", why: "The network has it. It is not paid until it is settled." },
  settled: { words: "Settled", tone: "good" },
  handed: { words: "Authorized", tone: "wait", why: "The site was given a signed authorization. Whether it used it, only the site and the chain know." },
  refused: { words: "Refused", tone: "bad", why: "No money moved." },
  failed: { words: "Failed", tone: "bad", why: "The ledger refused it. No money moved but the network's fee." },
  expired: { words: "Expired", tone: "bad", why: "It never landed and cannot any more. No money moved." },
  unknown: { words: "Not known", tone: "wait", why: "Nobody could tell how it ended, so it counts as spent. The wallet goes on asking." },
};

export const OPEN = new Set(["signed", "submitted"]);
