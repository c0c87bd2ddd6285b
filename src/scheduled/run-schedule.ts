import type { Deps } from "../platform/deps.ts";
import { errorFields, log } from "../platform/log.ts";
import { applyMoneyPolicy } from "./apply-money-policy.ts";
import { askGateways } from "./ask-gateways.ts";
import { archiveOldOrders } from "./archive-old-orders.ts";
import { fetchStatements } from "./fetch-statements.ts";
import { forgetOldRecords } from "./forget-old-records.ts";
import { hearRefundsAgain } from "./hear-refunds-again.ts";
import { pursueRefunds } from "./pursue-refunds.ts";
import { reconcileStock } from "./reconcile-stock.ts";
import { resendParked } from "./resend-parked.ts";
import { tellDisputes } from "./tell-disputes.ts";
import { sweepDeliveries } from "./sweep-deliveries.ts";

type Job = (deps: Deps, nowMs: number) => Promise<number>;

/** What runs every minute. Each does a bounded part of what it finds; the next minute does more. */
const EVERY_MINUTE: Readonly<Record<string, Job>> = {
  sweep_deliveries: sweepDeliveries,
  ask_gateways: askGateways,
  resend_parked: resendParked,
  forget_old_records: forgetOldRecords,
  archive_old_orders: archiveOldOrders,
  reconcile: reconcileStock,
  pursue_refunds: pursueRefunds,
  hear_refunds_again: hearRefundsAgain,
  tell_disputes: tellDisputes,
  apply_money_policy: applyMoneyPolicy,
};

/**
 * What needs an invocation of its own, by its line of wrangler.toml: D1 takes a thousand statements of each, and a
 * long statement of a gateway's is hundreds.
 */
export const BY_THEMSELVES: Readonly<Record<string, Readonly<Record<string, Job>>>> = {
  "*/2 * * * *": { fetch_statements: fetchStatements },
};

/** One job that fails does not stop the others: each stands by itself and says what it did. */
export async function runSchedule({ cron }: ScheduledController, deps: Deps): Promise<void> {
  const jobs = BY_THEMSELVES[cron] ?? EVERY_MINUTE;
  await Promise.all(Object.entries(jobs).map(([name, job]) => runJob(name, job, deps)));
}

async function runJob(name: string, job: Job, deps: Deps): Promise<void> {
  try {
    const done = await job(deps, deps.clock.nowMs());
    if (done > 0) log("info", "job_done", { job: name, done });
  } catch (error) {
    log("error", "job_failed", { job: name, ...errorFields(error) });
  }
}
