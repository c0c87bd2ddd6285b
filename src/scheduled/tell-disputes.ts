import { hearDispute } from "../flows/disputes/hear-dispute.ts";
import type { Deps } from "../platform/deps.ts";
import { errorFields, log } from "../platform/log.ts";

const DUE_MAX = 20;

/**
 * Tells orders of their disputes where that could not be done as the notice came: the gateway named only the
 * payment and the book of payments did not know it yet, or the object did not answer.
 */
export async function tellDisputes(deps: Deps, nowMs: number): Promise<number> {
  const due = await deps.disputes.claimDue(nowMs, DUE_MAX);
  const heard = await Promise.all(
    due.map(async (dispute) => {
      try {
        return await hearDispute(deps, dispute);
      } catch (error) {
        log("warn", "dispute_not_told", { dispute: dispute.id, ...errorFields(error) });
        return false;
      }
    }),
  );
  return heard.filter(Boolean).length;
}
