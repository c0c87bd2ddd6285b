import { CHINA_OFFSET_MS, chinaTimeMs, utcTimeMs } from "./fields.ts";
import type { StatementFormat } from "./statement.ts";

const DAY_MS = 86_400_000;

export interface DayWindow {
  readonly fromMs: number;
  /** The first moment of the next day. Neither clock has a summer time. */
  readonly toMs: number;
}

type Zone = StatementFormat<string>["zone"];

/** The day that a gateway's clocks show at a moment: "2026-11-24". */
export function dayOf(zone: Zone, atMs: number): string {
  return new Date(atMs + (zone === "china" ? CHINA_OFFSET_MS : 0)).toISOString().slice(0, 10);
}

/** "2026-11-24" on the gateway's calendar; null for what is no day. */
export function dayWindow(zone: Zone, day: string): DayWindow | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) return null;
  const midnight = `${day} 00:00:00`;
  const fromMs = zone === "china" ? chinaTimeMs(midnight) : utcTimeMs(midnight);
  return fromMs === null ? null : { fromMs, toMs: fromMs + DAY_MS };
}
