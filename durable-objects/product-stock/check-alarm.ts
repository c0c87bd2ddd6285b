import type { DeadlineMs } from "../shared/alarms.ts";
import type { Finding } from "./reconcile-contract.ts";

/**
 * Alarms may ring late, one that failed is tried again in a while, and a new instance does not know
 * when it last looked for what is owed (at least every ten minutes): so much is no finding.
 */
const PATIENCE_MS = 15 * 60_000;

/** Looks at the alarm that is set, and sets it anew where it is amiss. */
export async function checkAlarm(
  storage: { getAlarm(): Promise<DeadlineMs> },
  alarm: { arm(neededAtMs: DeadlineMs): void; forget(): void },
  { dueAtMs, nowMs }: { readonly dueAtMs: DeadlineMs; readonly nowMs: number },
): Promise<Finding[]> {
  const setToMs = await storage.getAlarm();
  const finding = alarmFinding({ setToMs, dueAtMs, nowMs });
  if (finding === null) return [];
  alarm.forget();
  alarm.arm(dueAtMs);
  return [finding];
}

/** Whether something is due for which no alarm will ring, or rang, in time. */
export function alarmFinding(alarm: {
  /** Null where none is set; also while it is ringing. */
  readonly setToMs: DeadlineMs;
  readonly dueAtMs: DeadlineMs;
  readonly nowMs: number;
}): Finding | null {
  const { setToMs, dueAtMs, nowMs } = alarm;
  if (dueAtMs === null) return null;
  const ringsAtMs = setToMs ?? Infinity;
  if (ringsAtMs <= Math.max(dueAtMs, nowMs) + PATIENCE_MS) return null;
  const detail = { due_at_ms: dueAtMs, set_to_ms: setToMs };
  return { kind: "alarm_missing", subject: "", detail, repaired: true };
}
