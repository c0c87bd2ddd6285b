import { randomUUID } from "node:crypto";
import { noticePath } from "../shop-client.ts";

/** What a buyer means to do, drawn before they order. */
export type Fate = "pays" | "pays_late" | "never_pays" | "cancels";

export interface Sale {
  readonly origin: string;
  readonly accountId: string;
  readonly productId: string;
  readonly priceMinor: number;
  readonly random: () => number;
}

/** What this buyer was told and saw: the auditor's evidence. */
export interface BuyerRecord {
  readonly orderId: string;
  readonly accessToken: string;
  readonly fate: Fate;
  readonly quantity: number;
  /** Notices that were answered "success". */
  noticesAccepted: number;
  noticesSent: number;
  /** Keys that the order page showed right after the first accepted notice. */
  keysSeen: readonly string[];
}

interface OrderAnswer {
  id: string;
  access_token: string;
  expires_at: string;
  state: string;
  /** Null while there are none. */
  keys: { secret: string }[] | null;
}

export type Attempt = { kind: "ordered"; record: BuyerRecord } | { kind: "sold_out" };

/** A buyer's whole visit, without the wait of those who pay late: they come back with `payLate`. */
export async function visit(sale: Sale): Promise<Attempt & { later?: () => Promise<void> }> {
  const fate = drawFate(sale.random());
  const quantity = sale.random() < 0.1 ? 1 + Math.floor(sale.random() * 3) : 1;
  const order = await place(sale, quantity);
  if (order === null) return { kind: "sold_out" };

  const record: BuyerRecord = {
    orderId: order.id,
    accessToken: order.access_token,
    fate,
    quantity,
    noticesAccepted: 0,
    noticesSent: 0,
    keysSeen: [],
  };
  if (fate === "pays") await pay(sale, record);
  if (fate !== "pays_late") return { kind: "ordered", record };

  const lateBy = 1_000 + sale.random() * 4_000;
  const at = Date.parse(order.expires_at) + lateBy;
  return { kind: "ordered", record, later: () => payAt(sale, record, at) };
}

function drawFate(draw: number): Fate {
  if (draw < 1 / 20) return "never_pays";
  return draw < 2 / 20 ? "pays_late" : "pays";
}

/** The same request twice now and then, as impatient fingers do: one order must come of it. */
async function place(sale: Sale, quantity: number): Promise<OrderAnswer | null> {
  const request = {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": randomUUID() },
    body: JSON.stringify({
      product_id: sale.productId,
      quantity,
      email: `${randomUUID()}@example.com`,
      payment_method: "epay",
      expected_amount_minor: quantity * sale.priceMinor,
    }),
  };
  const times = sale.random() < 0.05 ? 2 : 1;
  const answers = await Promise.all(
    Array.from({ length: times }, async () => {
      const response = await fetch(`${sale.origin}/api/v1/orders`, request);
      const body = (await response.json()) as OrderAnswer & { code?: string };
      if (response.status === 201) return body;
      if (body.code === "sold_out") return null;
      throw new Error(`order: ${response.status} ${JSON.stringify(body)}`);
    }),
  );
  const placed = answers.filter((answer) => answer !== null);
  if (new Set(placed.map((answer) => answer.id)).size > 1) throw new Error("one key, two orders");
  return placed[0] ?? null;
}

async function payAt(sale: Sale, record: BuyerRecord, atMs: number): Promise<void> {
  const waitMs = atMs - Date.now();
  if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
  await pay(sale, record);
}

/** The gateway tells at least twice, sometimes several times at once; then the buyer looks. */
async function pay(sale: Sale, record: BuyerRecord): Promise<void> {
  const money = ((record.quantity * sale.priceMinor) / 100).toFixed(2);
  const notice = { orderId: record.orderId, tradeNo: `trade-${record.orderId}`, money };
  const path = noticePath(sale.accountId, notice);
  const atOnce = sale.random() < 0.3 ? 2 + Math.floor(sale.random() * 4) : 1;
  await Promise.all(Array.from({ length: atOnce }, () => notify(sale, record, path)));
  if (atOnce === 1) await notify(sale, record, path);
  const order = await readOrder(sale.origin, record);
  record.keysSeen = secretsOf(order);
}

async function notify(sale: Sale, record: BuyerRecord, path: string): Promise<void> {
  record.noticesSent++;
  const response = await fetch(sale.origin + path);
  const body = await response.text();
  if (body === "success") record.noticesAccepted++;
  else throw new Error(`notice: ${response.status} ${body}`);
}

export function secretsOf({ keys }: Pick<OrderAnswer, "keys">): string[] {
  return (keys ?? []).map((key) => key.secret);
}

export async function readOrder(
  origin: string,
  record: Pick<BuyerRecord, "orderId" | "accessToken">,
): Promise<OrderAnswer> {
  const response = await fetch(`${origin}/api/v1/orders/${record.orderId}`, {
    headers: { authorization: `Bearer ${record.accessToken}` },
  });
  if (!response.ok) throw new Error(`order page: ${response.status} ${await response.text()}`);
  return (await response.json()) as OrderAnswer;
}
