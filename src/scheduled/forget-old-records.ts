import type { Deps } from "../platform/deps.ts";

const DAY_MS = 24 * 3600_000;
/** Nobody repeats a request for a week. */
const IDEMPOTENCY_DAYS = 7;

export async function forgetOldRecords(
  { idempotency }: Pick<Deps, "idempotency">,
  nowMs: number,
): Promise<number> {
  await idempotency.forgetBefore(nowMs - IDEMPOTENCY_DAYS * DAY_MS);
  return 0;
}
