import type { Acting } from "../acting.ts";
import { tellOf } from "../gateway-acts.ts";
import type { Dispute } from "../operations.ts";
import type { Random } from "../random.ts";
import { accountOf, merchantOf } from "../shop.ts";

/** Of the order's first charge: each word of the bank as it is said, and told as often as the script has it. */
export async function dispute(
  acting: Acting,
  { n, half, words }: Dispute,
  random: Random,
): Promise<void> {
  const order = acting.orders.get(n);
  const known = acting.known.get(n);
  const { money: watched, timeline } = acting.world;
  if (order === undefined || known === undefined || watched === null) return;
  const merchantId = merchantOf(order.product);
  const { books } = watched.gateway(accountOf(merchantId));
  const charge = books.chargeOf(known.id);
  if (charge === undefined) return;
  const { tradeNo, orderRef } = charge;
  const amountMinor = half ? Math.ceil(charge.money.amountMinor / 2) : charge.money.amountMinor;
  const money = { amountMinor, currency: charge.money.currency };
  const disputeNo = `dispute-${n}`;
  await Promise.all(
    words.map(async ({ state, saidAfterMs, noticesAfterMs }) => {
      await timeline.sleep(saidAfterMs);
      const saidAtMs = timeline.nowMs;
      books.dispute(charge, { disputeNo, state, amountMinor, atMs: saidAtMs });
      const isTold = noticesAfterMs.length > 0;
      if (isTold) books.disputes.get(disputeNo)?.told.push({ state, saidAtMs });
      await Promise.all(
        noticesAfterMs.map(async (ms) => {
          await timeline.sleep(ms);
          const reading = { kind: "disputed", tradeNo, orderRef, disputeNo, state, money } as const;
          await tellOf(acting, merchantId, { ...reading, saidAtMs }, random);
        }),
      );
    }),
  );
}
