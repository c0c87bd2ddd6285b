import type { ShopClient } from "../shop-client.ts";
import { visit, type BuyerRecord, type Sale } from "./buyer.ts";

const SOLD_OUT_WAIT_MS = 300;
const MINUTES_MAX = 20;

/**
 * Buyers come, `atATime` of them, until every key is sold and nobody is still to pay. Who finds the
 * shop sold out waits a moment: holds lapse and keys come back.
 */
export async function sellOut(
  sale: Sale,
  client: ShopClient,
  atATime: number,
  keys: number,
): Promise<BuyerRecord[]> {
  const records: BuyerRecord[] = [];
  const late: Promise<void>[] = [];
  const untilMs = Date.now() + MINUTES_MAX * 60_000;
  let over = false;

  const watch = async () => {
    while (!over && Date.now() < untilMs) {
      const { free, held, sold } = await stockOf(client, sale.productId);
      over = free === 0 && held === 0;
      progress(keys, sold, held, records.length);
      if (!over) await pause(1_000);
    }
  };
  const buy = async () => {
    while (!over && Date.now() < untilMs) {
      // One buyer after the other in each of the lines.
      const attempt = await visit(sale);
      if (attempt.kind === "ordered") records.push(attempt.record);
      if (attempt.later !== undefined) late.push(attempt.later());
      if (attempt.kind === "sold_out") await pause(SOLD_OUT_WAIT_MS);
    }
  };
  await Promise.all([watch(), ...Array.from({ length: atATime }, buy)]);
  await Promise.all(late);
  process.stderr.write("\n");
  if (!over) throw new Error(`not sold out after ${MINUTES_MAX} minutes`);
  return records;
}

export interface Stock {
  free: number;
  held: number;
  sold: number;
  void: number;
}

export function stockOf(client: ShopClient, productId: string): Promise<Stock> {
  return client.admin<Stock>("GET", `/products/${productId}/stock`);
}

function progress(keys: number, sold: number, held: number, orders: number): void {
  const width = 40;
  const bar = "█".repeat(Math.floor((sold / keys) * width)).padEnd(width, "░");
  process.stderr.write(`\r${bar} ${sold}/${keys} sold, ${held} held, ${orders} orders   `);
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
