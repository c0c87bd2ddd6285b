import { replayUnheard } from "../flows/payments/replay-notice.ts";
import type { Deps } from "../platform/deps.ts";
import { errorFields, log } from "../platform/log.ts";

const NOTICES_MAX = 20;
/** What could not be heard by then is a person's alone: gateways and accounts are mended within days. */
const DAYS_MAX = 30;
/** Between two looks, at the least; of older notices a quarter of their age. */
const AGAIN_AFTER_MS = 15 * 60_000;
/** Who the audit log says it was. */
const ACTOR = "schedule";

/**
 * Hears refunds again that nothing could be written down of when they were told: their payment was not known and they
 * named no order, their gateway could not be asked, or one of ours was under way. As a person would replay them.
 */
export async function hearRefundsAgain(deps: Deps, nowMs: number): Promise<number> {
  const fromMs = nowMs - DAYS_MAX * 86_400_000;
  const window = { nowMs, fromMs, againAfterMs: AGAIN_AFTER_MS };
  const unheard = await deps.noticeBook.claimUnheard(window, NOTICES_MAX);
  const heard = await Promise.all(
    unheard.map(async (notice) => {
      const { id, merchantId } = notice;
      try {
        return await replayUnheard(deps, notice, { merchantId, actor: ACTOR, atMs: nowMs });
      } catch (error) {
        log("warn", "refund_not_heard", { notice: id, ...errorFields(error) });
        return false;
      }
    }),
  );
  return heard.filter(Boolean).length;
}
