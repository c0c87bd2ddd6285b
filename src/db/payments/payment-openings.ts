import { and, eq, inArray, lt, sql } from "drizzle-orm";
import { z } from "zod";
import { Memo } from "../../domain/memory/memo.ts";
import { patiently, type Patience } from "../../domain/overload/patience.ts";
import type { Opened, OpeningKey, PaymentOpenings } from "../../flows/payments/payment-ports.ts";
import type { Clock } from "../../flows/ports.ts";
import type { Db } from "../db.ts";
import { paymentOpenings } from "./openings-schema.ts";

const action = z.discriminatedUnion("action", [
  z.object({
    action: z.literal("redirect"),
    url: z.string(),
    fromShop: z.object({ untilMs: z.int() }).optional(),
  }),
  z.object({
    action: z.literal("form"),
    url: z.string(),
    fields: z.record(z.string(), z.string()),
  }),
  z.object({ action: z.literal("qr"), qrText: z.string() }),
  z.object({ action: z.literal("jsapi"), fields: z.record(z.string(), z.string()) }),
]);

/** Orders whose buyers an isolate sees pay at one time; and how long: a hold's time and more. */
const REMEMBERED_MAX = 2_000;
const REMEMBERED_MS = 30 * 60_000;

export interface OpeningBook extends PaymentOpenings {
  forgetBefore(beforeMs: number, limit: number): Promise<number>;
}

/**
 * What gateways opened, in D1 and remembered by the isolate. A row is written once and changes only after what was
 * opened has ended, so what is remembered is true.
 */
export function makePaymentOpenings(db: Db, clock: Clock, patience: Patience): OpeningBook {
  const memory = new Memo<Opened>(REMEMBERED_MAX);
  const remember = (key: OpeningKey, opened: Opened) =>
    memory.set(nameOf(key), opened, Math.min(clock.nowMs() + REMEMBERED_MS, endOf(opened)));
  return {
    async find(key) {
      const remembered = memory.get(nameOf(key), clock.nowMs());
      if (remembered !== undefined) return remembered;
      const found = await patiently(read(db, key), null, patience);
      if (found === null || endOf(found) <= clock.nowMs()) return null;
      remember(key, found);
      return found;
    },
    async keep(key, { action: shown, reference }, openedAtMs) {
      remember(key, { action: shown, reference });
      // Two edges may open at once; the first answer stays, and both lead to one payment there.
      await db
        .insert(paymentOpenings)
        .values({ ...key, action: shown, reference, openedAtMs })
        .onConflictDoUpdate({
          target: [paymentOpenings.orderId, paymentOpenings.accountId, paymentOpenings.device],
          set: { action: shown, reference, openedAtMs },
          setWhere: sql`json_extract(${paymentOpenings.action}, '$.fromShop.untilMs') <= ${openedAtMs}`,
        });
    },
    async forgetBefore(beforeMs, limit) {
      const old = db
        .select({ orderId: paymentOpenings.orderId })
        .from(paymentOpenings)
        .where(lt(paymentOpenings.openedAtMs, beforeMs))
        .limit(limit);
      const { meta } = await db
        .delete(paymentOpenings)
        .where(inArray(paymentOpenings.orderId, old))
        .run();
      return meta.changes;
    },
  };
}

/** Infinity where it is good as long as the order waits. */
function endOf({ action: shown }: Opened): number {
  return shown.action === "redirect" ? (shown.fromShop?.untilMs ?? Infinity) : Infinity;
}

function nameOf({ orderId, accountId, device }: OpeningKey): string {
  return `${orderId} ${accountId} ${device}`;
}

async function read(db: Db, { orderId, accountId, device }: OpeningKey): Promise<Opened | null> {
  const { orderId: order, accountId: account, device: held } = paymentOpenings;
  const [row] = await db
    .select()
    .from(paymentOpenings)
    .where(and(eq(order, orderId), eq(account, accountId), eq(held, device)))
    .limit(1);
  const parsed = action.safeParse(row?.action);
  return row === undefined || !parsed.success
    ? null
    : { action: parsed.data, reference: row.reference };
}
