import { noticePath } from "../../../scripts/shop-client.ts";
import type { BuyerRecord, Fate } from "../../../scripts/rehearse/buyer.ts";
import type { MortalShop } from "./mortal-shop.ts";

export interface WitnessedSale {
  readonly shop: MortalShop;
  readonly accountId: string;
  readonly productId: string;
  readonly priceMinor: number;
  readonly random: () => number;
}

interface OrderAnswer {
  readonly id: string;
  readonly access_token: string;
  readonly state: string;
  readonly amount: { readonly amount_minor: number };
  readonly keys: readonly { readonly secret: string }[] | null;
}

/** A buyer who was answered, and can say what: the auditor's record, and the words of the order. */
export interface Witness {
  readonly record: BuyerRecord;
  readonly amountMinor: number;
  /** The order's request: the same words again must be the same order. */
  readonly request: RequestInit;
}

const NEVER_PAYS = 0.15;
const CANCELS = 0.08;

/** One buyer's visit, however often the shop dies in it. Null: the shop was sold out. */
export async function visit(sale: WitnessedSale): Promise<Witness | null> {
  const { shop, random } = sale;
  const quantity = random() < 0.15 ? 2 + Math.floor(random() * 2) : 1;
  const fate = drawFate(random());
  const atOnce = 1 + Math.floor(random() * 3);
  const request = orderRequest(sale, quantity);

  const placed = await shop.ask("/api/v1/orders", request);
  if (placed.status === 409) return null;
  if (placed.status !== 201) throw new Error(`order: ${placed.status} ${placed.text}`);
  const order = JSON.parse(placed.text) as OrderAnswer;
  const record: BuyerRecord = {
    orderId: order.id,
    accessToken: order.access_token,
    fate,
    quantity,
    noticesAccepted: 0,
    noticesSent: 0,
    keysSeen: [],
  };
  const witness = { record, amountMinor: order.amount.amount_minor, request };
  if (fate === "pays_late") await pay(sale, witness, atOnce);
  if (fate !== "cancels" || (await cancel(sale, record))) return witness;
  return { ...witness, record: { ...record, fate: "never_pays" } };
}

/** Who pays may find the hold lapsed while the shop was down: late, as the auditor says. */
function drawFate(draw: number): Fate {
  if (draw < NEVER_PAYS) return "never_pays";
  return draw < NEVER_PAYS + CANCELS ? "cancels" : "pays_late";
}

/** False where the hold had lapsed before the shop could hear of it. */
async function cancel({ shop }: WitnessedSale, { orderId, accessToken }: BuyerRecord) {
  const { status, text } = await shop.ask(`/api/v1/orders/${orderId}/cancel`, {
    method: "POST",
    headers: { authorization: `Bearer ${accessToken}` },
  });
  if (status !== 200 && status !== 409) throw new Error(`cancel: ${status} ${text}`);
  return status === 200;
}

function orderRequest({ productId, random }: WitnessedSale, quantity: number): RequestInit {
  const name = `killed-${Math.floor(random() * 2 ** 32)}-${Math.floor(random() * 2 ** 32)}`;
  return {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": `key-of-${name}` },
    body: JSON.stringify({
      product_id: productId,
      quantity,
      email: `${name}@example.com`,
      payment_method: "epay",
    }),
  };
}

/** As gateways do: the same notice, once or several times at once, until it hears "success". */
async function pay(
  { shop, accountId }: WitnessedSale,
  { record, amountMinor }: Witness,
  atOnce: number,
): Promise<void> {
  const money = (amountMinor / 100).toFixed(2);
  const notice = { orderId: record.orderId, tradeNo: `trade-${record.orderId}`, money };
  const path = noticePath(accountId, notice);
  const notify = async (): Promise<void> => {
    record.noticesSent++;
    const { status, text } = await shop.ask(path);
    if (text !== "success") throw new Error(`notice: ${status} ${text}`);
    record.noticesAccepted++;
  };
  await Promise.all(Array.from({ length: atOnce }, notify));
  record.keysSeen = secretsOf(await readOrder(shop, record));
}

/** What they were told and is no longer true; null where all of it is. */
export async function brokenWord(shop: MortalShop, witness: Witness): Promise<string | null> {
  const { record, amountMinor, request } = witness;
  const [now, again] = await Promise.all([
    readOrder(shop, record),
    shop.ask("/api/v1/orders", request),
  ]);
  const same = JSON.parse(again.text) as OrderAnswer;
  const paid = record.noticesAccepted > 0;
  const taken = now.state === "delivered" || now.state === "unfilled";
  const cancelled = record.fate !== "cancels" || now.state === "cancelled";
  const keys = secretsOf(now);
  const kept = record.keysSeen.length === 0 || sameKeys(keys, record.keysSeen);
  const whole = now.state !== "delivered" || keys.length === record.quantity;
  const holds =
    now.amount.amount_minor === amountMinor &&
    again.status === 201 &&
    same.id === record.orderId &&
    same.access_token === record.accessToken &&
    (!paid || taken) &&
    cancelled &&
    kept &&
    whole;
  return holds ? null : `${JSON.stringify(record)} is now ${JSON.stringify(now)}, ${again.text}`;
}

async function readOrder(shop: MortalShop, record: BuyerRecord): Promise<OrderAnswer> {
  const { orderId, accessToken } = record;
  const headers = { authorization: `Bearer ${accessToken}` };
  const { status, text } = await shop.ask(`/api/v1/orders/${orderId}`, { headers });
  if (status !== 200) throw new Error(`order page of ${orderId}: ${status} ${text}`);
  return JSON.parse(text) as OrderAnswer;
}

function secretsOf({ keys }: OrderAnswer): string[] {
  return (keys ?? []).map((key) => key.secret);
}

function sameKeys(a: readonly string[], b: readonly string[]): boolean {
  return a.toSorted().join() === b.toSorted().join();
}
