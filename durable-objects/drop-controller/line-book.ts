import type { Line } from "../../src/domain/drop/controller.ts";
import {
  forgetBefore,
  lateTotal,
  NO_LATE_LINE,
  savedLineSchema,
  withLate,
} from "../../src/domain/drop/late-line.ts";
import {
  emptySketch,
  estimate,
  mergeInto,
  type Sketch,
} from "../../src/domain/memory/hyperloglog.ts";
import type { Sql } from "../shared/sql.ts";
import type { LineReport } from "./contract.ts";

/** What is not written yet is lost with the instance: seconds of an estimate, which later reports repeat. */
const SAVE_EVERY_MS = 5_000;
/** How many reports say what time it is at the edges: the middle one is believed. */
const OFFSETS_KEPT = 15;
/** Closer than this our clock and the edges' are one: a report takes its time to come. */
const OFFSET_MS_MIN = 2_000;

type SavedRow = { json: string; early: ArrayBuffer | Uint8Array; late: ArrayBuffer | Uint8Array };

/** What the isolates have reported: how many are in line, and what time it is where they are. */
export class LineBook {
  readonly #sql: Sql;
  #early: Sketch = emptySketch();
  #lateSketch: Sketch = emptySketch();
  #late = NO_LATE_LINE;
  #known = false;
  #offsetMs = 0;
  readonly #offsetsMs: number[] = [];
  #line: Line | null = null;
  #unsavedSinceMs: number | null = null;

  constructor(sql: Sql) {
    this.#sql = sql;
    const [row] = sql.all<SavedRow>("SELECT json, early, late FROM line");
    if (row === undefined) return;
    // Counts of pace that another version wrote otherwise are counted anew; the sketches are what they are.
    const saved = savedLineSchema.safeParse(JSON.parse(row.json));
    this.#late = saved.data?.late ?? NO_LATE_LINE;
    this.#known = saved.data?.known ?? true;
    this.#offsetMs = saved.data?.offsetMs ?? 0;
    mergeInto(this.#early, new Uint8Array(row.early));
    mergeInto(this.#lateSketch, new Uint8Array(row.late));
  }

  get line(): Line {
    this.#line ??= {
      early: estimate(this.#early),
      late: this.#late,
      peoplePerTicket: perTicket(estimate(this.#lateSketch), lateTotal(this.#late)),
      known: this.#known,
    };
    return this.#line;
  }

  /** How far the edges' clock is ahead of ours. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  report({ early, late, lateTickets, edgeNowMs }: LineReport, ownNowMs: number): void {
    mergeInto(this.#early, early);
    mergeInto(this.#lateSketch, late);
    this.#late = withLate(this.#late, lateTickets);
    this.#known = true;
    this.#hearClock(edgeNowMs - ownNowMs);
    this.#changed(ownNowMs);
  }

  /** Seconds of the late line that are admitted wholly need not be kept apart. */
  forgetBefore(seconds: number, ownNowMs: number): void {
    const shorter = forgetBefore(this.#late, seconds);
    if (shorter === this.#late) return;
    this.#late = shorter;
    this.#changed(ownNowMs);
  }

  /** By our clock; null where all is written. */
  get saveDueAtMs(): number | null {
    return this.#unsavedSinceMs === null ? null : this.#unsavedSinceMs + SAVE_EVERY_MS;
  }

  saveIfDue(ownNowMs: number): void {
    const dueAtMs = this.saveDueAtMs;
    if (dueAtMs === null || ownNowMs < dueAtMs) return;
    this.#unsavedSinceMs = null;
    const saved = { late: this.#late, known: this.#known, offsetMs: this.#offsetMs };
    this.#sql.run(
      "INSERT OR REPLACE INTO line (one, json, early, late) VALUES (1, ?1, ?2, ?3)",
      JSON.stringify(saved),
      this.#early,
      this.#lateSketch,
    );
  }

  #changed(ownNowMs: number): void {
    this.#line = null;
    this.#unsavedSinceMs ??= ownNowMs;
  }

  /** The middle of the last ones: neither a report that was late nor an edge that is wrong moves it. */
  #hearClock(offsetMs: number): void {
    if (!Number.isFinite(offsetMs)) return;
    this.#offsetsMs.push(offsetMs);
    if (this.#offsetsMs.length > OFFSETS_KEPT) this.#offsetsMs.shift();
    const middle = this.#offsetsMs.toSorted((a, b) => a - b)[this.#offsetsMs.length >> 1] ?? 0;
    this.#offsetMs = Math.abs(middle) < OFFSET_MS_MIN ? 0 : Math.round(middle);
  }
}

function perTicket(people: number, tickets: number): number {
  return tickets <= 0 ? 1 : Math.min(1, people / tickets);
}
