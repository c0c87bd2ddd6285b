import type { BuyerRecord } from "./buyer.ts";

/** What the shop says of an order, from each of its books. */
export interface Books {
  readonly imported: readonly string[];
  readonly stock: { free: number; held: number; sold: number; void: number };
  /** The stock object, by order id, as each buyer's page shows it. */
  readonly object: ReadonlyMap<string, { state: string; version: number; keys: readonly string[] }>;
  /** D1's order book, by order id. */
  readonly orderBook: ReadonlyMap<string, { state: string; version: number }>;
  readonly mails: readonly { id: string; order_id: string | null; text: string }[];
}

export interface Finding {
  readonly law: string;
  readonly detail: string;
}

/**
 * Judges a sale from the outside: what buyers were told against what the object, D1 and the inbox
 * say now. Knows nothing of how the shop works; every finding names the law that was broken.
 */
export function audit(buyers: readonly BuyerRecord[], books: Books): Finding[] {
  return [
    ...countKeys(books),
    ...distinctKeys(buyers, books),
    ...buyers.flatMap((buyer) => judgeOrder(buyer, books)),
    ...judgeOrderBook(books),
    ...judgeMails(books, new Map(buyers.map((buyer) => [buyer.orderId, buyer]))),
  ];
}

function countKeys({ imported, stock, object }: Books): Finding[] {
  const sum = stock.free + stock.held + stock.sold + stock.void;
  const delivered = [...object.values()].reduce((total, order) => total + order.keys.length, 0);
  return [
    ...broken(
      sum === imported.length,
      "sold + held + free + void = imported",
      JSON.stringify(stock),
    ),
    ...broken(stock.free === 0, "sold out", `${stock.free} keys are free`),
    ...broken(stock.held === 0, "no key is stuck", `${stock.held} keys are held`),
    ...broken(stock.sold === delivered, "what is sold is delivered", `${stock.sold}, ${delivered}`),
  ];
}

function distinctKeys(buyers: readonly BuyerRecord[], { imported, object }: Books): Finding[] {
  const known = new Set(imported);
  const owners = new Map<string, string>();
  const findings: Finding[] = [];
  for (const [orderId, order] of object) {
    for (const key of order.keys) {
      const owner = owners.get(key);
      if (owner !== undefined)
        findings.push({ law: "no key has two orders", detail: `${owner}, ${orderId}` });
      if (!known.has(key)) findings.push({ law: "every key was imported", detail: orderId });
      owners.set(key, orderId);
    }
  }
  for (const { orderId, keysSeen } of buyers) {
    const now = object.get(orderId)?.keys ?? [];
    findings.push(
      ...broken(
        keysSeen.every((key) => now.includes(key)),
        "a key once shown stays its buyer's",
        orderId,
      ),
    );
  }
  return findings;
}

function judgeOrder(buyer: BuyerRecord, { object }: Books): Finding[] {
  const order = object.get(buyer.orderId);
  if (order === undefined) return [{ law: "an order once placed exists", detail: buyer.orderId }];
  const detail = `${buyer.orderId} ${buyer.fate} ${order.state} ${order.keys.length}/${buyer.quantity}`;
  const paid = buyer.noticesAccepted > 0;
  const states = paid
    ? buyer.fate === "pays"
      ? ["delivered"]
      : ["delivered", "unfilled"]
    : [buyer.fate === "cancels" ? "cancelled" : "expired"];
  const keys = order.state === "delivered" ? buyer.quantity : 0;
  return [
    ...broken(states.includes(order.state), "money becomes keys, or is kept and told", detail),
    ...broken(order.keys.length === keys, "delivered whole or not at all", detail),
  ];
}

function judgeOrderBook({ object, orderBook }: Books): Finding[] {
  const findings = broken(
    object.size === orderBook.size,
    "D1 has every order",
    `${object.size}, ${orderBook.size}`,
  );
  for (const [orderId, order] of object) {
    const copy = orderBook.get(orderId);
    const same = copy?.state === order.state && copy.version === order.version;
    findings.push(
      ...broken(same, "D1 agrees with the object", `${orderId} ${order.state} ${copy?.state}`),
    );
  }
  return findings;
}

/**
 * One mail with the keys per delivered order, with all of its keys. An order whose money came too
 * late may have been told so by one mail before.
 */
function judgeMails({ object, mails }: Books, buyers: ReadonlyMap<string, BuyerRecord>): Finding[] {
  const findings: Finding[] = [];
  const byOrder = Map.groupBy(mails, (mail) => mail.order_id ?? "");
  for (const [orderId, order] of object) {
    const sent = byOrder.get(orderId) ?? [];
    const complete = sent.filter(
      (mail) => order.keys.length > 0 && order.keys.every((key) => mail.text.includes(key)),
    ).length;
    const due = order.state === "delivered" ? 1 : 0;
    const told = buyers.get(orderId)?.fate === "pays_late" ? 1 : 0;
    const detail = `${orderId} ${order.state}: ${complete} with keys of ${sent.length}`;
    findings.push(...broken(complete === due, "one mail with the keys per order", detail));
    findings.push(...broken(sent.length - complete <= told, "no mail without a reason", detail));
  }
  return findings;
}

function broken(holds: boolean, law: string, detail: string): Finding[] {
  return holds ? [] : [{ law, detail }];
}
