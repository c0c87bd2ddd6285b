import { z } from "zod";
import { TASK_REASONS } from "../../../domain/payments/money-policy.ts";
import type { Task } from "../../../domain/payments/task.ts";
import { instant, money, moneyJson, timeJson, type Json } from "../../api/json.ts";

export const taskShape = z
  .object({
    number: z.int(),
    reason: z
      .enum(TASK_REASONS)
      .describe(
        "Which money: no keys were left, the buyer stopped waiting for some, it came too late, a second payment, another sum, another's number, a person has declined the order, or its buyer has disputed it.",
      ),
    because: z
      .string()
      .nullable()
      .describe(
        "Why a person must act: the policy (the reason again), `by_hand_only`, `whole_only`, `order_not_found`, `number_on_two_accounts` (it may be one payment that was told twice), `disputed` (the bank has taken it back; of a dispute: the gateway's reason), or the gateway's own word.",
      ),
    order_id: z.string().startsWith("ord_"),
    account_id: z.string(),
    trade_no: z.string(),
    amount: money,
    paid_at: instant,
    state: z.enum(["policy", "open", "done"]),
    due_at: instant
      .nullable()
      .describe(
        "Until when the buyer was told that a person will have acted (`task_hours`); of a dispute until when the gateway takes evidence.",
      ),
    note: z.string().nullable(),
    done_at: instant.nullable(),
  })
  .meta({ id: "Task" });

export function taskJson(task: Task): Json<typeof taskShape> {
  const { amountMinor, currency } = task;
  return {
    number: task.number,
    reason: task.reason,
    because: task.because,
    order_id: task.orderId,
    account_id: task.accountId,
    trade_no: task.tradeNo,
    amount: moneyJson({ amountMinor, currency }),
    paid_at: timeJson(task.paidAtMs),
    state: task.state,
    due_at: timeJson(task.dueAtMs),
    note: task.note,
    done_at: timeJson(task.doneAtMs),
  };
}
