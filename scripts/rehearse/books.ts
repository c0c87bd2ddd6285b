import type { ShopClient } from "../shop-client.ts";
import type { Books } from "./auditor.ts";
import { readOrder, secretsOf, type BuyerRecord } from "./buyer.ts";
import { pause, stockOf } from "./sell-out.ts";

const SETTLE_MS_MAX = 5 * 60_000;
const READ_AT_A_TIME = 32;

interface OrderRow {
  id: string;
  state: string;
  version: number;
}

interface InboxMail {
  /** The delivery's: a mail that was sent twice is here twice, under one id. */
  id: string;
  order_id: string | null;
  text: string;
}

/** Waits until every order has come to rest and the mails have caught up, or long enough to tell. */
export async function settle(client: ShopClient, buyers: readonly BuyerRecord[]): Promise<void> {
  const untilMs = Date.now() + SETTLE_MS_MAX;
  while (Date.now() < untilMs) {
    const rows = await orderRows(client);
    const mails = await inbox(client);
    const due = rows.filter((row) => row.state === "delivered").length;
    const pending = rows.filter((row) => row.state === "pending").length;
    process.stderr.write(
      `\rsettling: ${rows.length}/${buyers.length} in the order book, ${pending} pending, ${mails.length}/${due} mails   `,
    );
    if (rows.length === buyers.length && pending === 0 && mails.length >= due) break;
    await pause(1_000);
  }
  process.stderr.write("\n");
}

export async function readBooks(
  client: ShopClient,
  productId: string,
  imported: readonly string[],
  buyers: readonly BuyerRecord[],
): Promise<Books> {
  const object = new Map<string, { state: string; version: number; keys: string[] }>();
  for (let at = 0; at < buyers.length; at += READ_AT_A_TIME) {
    await Promise.all(
      buyers.slice(at, at + READ_AT_A_TIME).map(async (buyer) => {
        const order = (await readOrder(client.origin, buyer)) as Awaited<
          ReturnType<typeof readOrder>
        > & { version: number };
        const keys = secretsOf(order);
        object.set(buyer.orderId, { state: order.state, version: order.version, keys });
      }),
    );
  }
  const rows = await orderRows(client);
  return {
    imported,
    stock: await stockOf(client, productId),
    object,
    orderBook: new Map(rows.map((row) => [row.id, row])),
    mails: await inbox(client),
  };
}

async function orderRows(client: ShopClient): Promise<OrderRow[]> {
  const rows: OrderRow[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    // Each page names the next.
    const page: { data: OrderRow[]; next_cursor: string | null } = await client.admin(
      "GET",
      `/orders?limit=100${cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    rows.push(...page.data);
    cursor = page.next_cursor;
  }
  return rows;
}

async function inbox(client: ShopClient): Promise<InboxMail[]> {
  const response = await fetch(`${client.origin}/dev/mail.json`);
  return (await response.json()) as InboxMail[];
}
