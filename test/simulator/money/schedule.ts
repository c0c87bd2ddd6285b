import { askDueOrders } from "../../../src/flows/payments/ask-due-orders.ts";
import { hearDispute } from "../../../src/flows/disputes/hear-dispute.ts";
import { lookAtMoney } from "../../../src/flows/payments/look-at-money.ts";
import { pursueRefund } from "../../../src/flows/refunds/refund-order.ts";
import type { Edge } from "../edge.ts";
import type { World } from "../world.ts";
import { moneyOf, type MoneyPorts } from "./money-edge.ts";
import type { MoneyWorld } from "./money-world.ts";

const AT_ONCE_MAX = 20;
const LEASE_MS = 300_000;

type Job = (edge: Edge & MoneyPorts, nowMs: number) => Promise<unknown>;

/** As src/scheduled/pursue-refunds.ts. */
const pursueRefunds: Job = async (edge, nowMs) => {
  const due = await edge.refunds.claimDue(nowMs, AT_ONCE_MAX);
  return Promise.allSettled(
    due.map(({ id, orderId }) => pursueRefund(edge, { orderId, refundId: id })),
  );
};

/** As src/scheduled/apply-money-policy.ts. */
const applyMoneyPolicy: Job = async (edge, nowMs) => {
  const due = await edge.tasks.claimDue(nowMs, LEASE_MS, AT_ONCE_MAX);
  return Promise.allSettled(
    due.map(async (task) => edge.tasks.settle(task.number, await lookAtMoney(edge, task, nowMs))),
  );
};

/** As src/scheduled/tell-disputes.ts. */
const tellDisputes: Job = async (edge, nowMs) => {
  const due = await edge.disputeBook.claimDue(nowMs, AT_ONCE_MAX);
  return Promise.allSettled(due.map((told) => hearDispute(edge, told)));
};

/** What the schedule does about money each minute, and whether there is any of it: most runs find nothing. */
const JOBS: readonly { readonly due: string; readonly run: Job }[] = [
  { due: "SELECT 1 FROM payment_queries WHERE due_at_ms <= ?1 LIMIT 1", run: askDueOrders },
  { due: "SELECT 1 FROM refunds WHERE ask_at_ms <= ?1 LIMIT 1", run: pursueRefunds },
  { due: "SELECT 1 FROM disputes WHERE look_at_ms <= ?1 LIMIT 1", run: tellDisputes },
  { due: "SELECT 1 FROM tasks WHERE look_at_ms <= ?1 LIMIT 1", run: applyMoneyPolicy },
];

export function runMoneySchedule(world: World, { d1 }: MoneyWorld): void {
  for (const { due, run } of JOBS) {
    if (d1.rows(due, world.timeline.nowMs + world.edgeSkewMs).length === 0) continue;
    // Its next run finds what this one left.
    world.run((edge) => run(moneyOf(edge), edge.clock.nowMs())).catch(() => undefined);
  }
}
