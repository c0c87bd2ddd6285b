import { z } from "zod";
import { productMoney, type ProductMoney } from "../../../domain/settings/money.ts";

const { shape } = productMoney;

/** A product's own rules for money that did not simply buy something: of what is null, the shop's holds. */
const fields = {
  late: shape.late.unwrap().nullable(),
  unfilled: shape.unfilled.unwrap().nullable(),
  unfilled_wait_hours: shape.unfilledWaitHours.unwrap().nullable(),
  stop_waiting: shape.stopWaiting.unwrap().nullable(),
  surplus: shape.surplus.unwrap().nullable(),
  mismatch: shape.mismatch.unwrap().nullable(),
  wait_list: shape.waitList
    .unwrap()
    .nullable()
    .describe(
      "Of a product only. `in_order` (also null): keys are set aside for whoever paid longest ago. `as_they_fit`: whichever order can be filled is, and so it always is with several shards.",
    ),
};

export const productMoneyShape = z
  .object(fields)
  .describe(
    "Its own rules for money that bought nothing; of what is null, the shop's `money` holds.",
  );

/** Replaced whole: what is left out is the shop's again. */
export const productMoneyBody = z.strictObject(fields).partial();

/** Null where nothing was decided: there is one way to say so. */
export function productMoneyIn(
  body: z.output<typeof productMoneyBody> | null | undefined,
): ProductMoney | null | undefined {
  if (body === null || body === undefined) return body;
  const {
    late,
    unfilled,
    unfilled_wait_hours: unfilledWaitHours,
    stop_waiting: stopWaiting,
    wait_list: waitList,
    surplus,
    mismatch,
  } = body;
  const decided = Object.entries({
    late,
    unfilled,
    unfilledWaitHours,
    stopWaiting,
    surplus,
    mismatch,
    waitList,
  }).filter(([, rule]) => rule !== null && rule !== undefined);
  return decided.length === 0 ? null : productMoney.parse(Object.fromEntries(decided));
}

export function productMoneyJson(money: ProductMoney | null): z.output<typeof productMoneyShape> {
  const { late, unfilled, unfilledWaitHours, stopWaiting, surplus, mismatch, waitList } =
    money ?? {};
  return {
    late: late ?? null,
    unfilled: unfilled ?? null,
    unfilled_wait_hours: unfilledWaitHours ?? null,
    stop_waiting: stopWaiting ?? null,
    surplus: surplus ?? null,
    mismatch: mismatch ?? null,
    wait_list: waitList ?? null,
  };
}
