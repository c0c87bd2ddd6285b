import { lookAtMoney } from "../flows/payments/look-at-money.ts";
import type { Deps } from "../platform/deps.ts";
import { errorFields, log } from "../platform/log.ts";

const LOOKS_MAX = 20;
const LEASE_MS = 300_000;

/** Looks at payments that have not simply bought something, by the policy that the merchant has now. */
export async function applyMoneyPolicy(deps: Deps, nowMs: number): Promise<number> {
  const due = await deps.tasks.claimDue(nowMs, LEASE_MS, LOOKS_MAX);
  const looked = await Promise.all(
    due.map(async (task) => {
      try {
        await deps.tasks.settle(task.number, await lookAtMoney(deps, task, nowMs));
        return true;
      } catch (error) {
        log("warn", "money_policy_not_applied", { order: task.orderId, ...errorFields(error) });
        return false;
      }
    }),
  );
  return looked.filter(Boolean).length;
}
