import type { Deps } from "../platform/deps.ts";

const DAY_MS = 24 * 3600_000;
/** Nobody repeats a request for a week. */
const IDEMPOTENCY_DAYS = 7;
/** More than a minute of writes makes, and little for D1 to hold up others with. */
const FORGET_MAX = 1_000;

export async function forgetOldRecords(
  { idempotency }: Pick<Deps, "idempotency">,
  nowMs: number,
): Promise<number> {
  return idempotency.forgetBefore(nowMs - IDEMPOTENCY_DAYS * DAY_MS, FORGET_MAX);
}
