import { chinaTimeMs, utcTimeMs } from "./fields.ts";
import type { StatementFormat } from "./statement.ts";

const DAY_MS = 86_400_000;

export interface DayWindow {
  readonly fromMs: number;
  /** The first moment of the next day. Neither clock has a summer time. */
  readonly toMs: number;
}

/** "2026-11-24" on the gateway's calendar; null for what is no day. */
export function dayWindow(zone: StatementFormat<string>["zone"], day: string): DayWindow | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) return null;
  const midnight = `${day} 00:00:00`;
  const fromMs = zone === "china" ? chinaTimeMs(midnight) : utcTimeMs(midnight);
  return fromMs === null ? null : { fromMs, toMs: fromMs + DAY_MS };
}
