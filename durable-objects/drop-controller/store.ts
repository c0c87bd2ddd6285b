import {
  NEW_CONTROLLER,
  published,
  readController,
  tick,
  type Controller,
} from "../../src/domain/drop/controller.ts";
import type { StockGlance } from "../../src/domain/drop/glance.ts";
import { controllerTermsSchema, type ControllerTerms } from "../../src/domain/drop/drop.ts";
import type { DropState } from "../../src/domain/drop/state.ts";
import type { DeadlineMs } from "../shared/alarms.ts";
import { migrate } from "../shared/migrate.ts";
import type { Sql } from "../shared/sql.ts";
import type { LineReport } from "./contract.ts";
import { LineBook } from "./line-book.ts";
import { MIGRATIONS } from "./schema.ts";

/** Between two ticks while the drop is open. */
export const TICK_MS = 1_000;

/**
 * A controller over SQL: terms, the law's own state, the line. Each tick is written before anyone hears of it,
 * so a threshold that was published is never lowered by an eviction. Times that it takes are by the object's
 * own clock; what it decides and publishes is by the edges', as far as they have told theirs.
 */
export class DropControllerStore {
  readonly #sql: Sql;
  readonly #book: LineBook;
  #terms: ControllerTerms | null = null;
  #controller: Controller = NEW_CONTROLLER;
  /** Of this instance's last tick: a new instance ticks at once. */
  #tickedAtMs: number | null = null;

  constructor(sql: Sql) {
    migrate(sql, MIGRATIONS);
    this.#sql = sql;
    this.#book = new LineBook(sql);
    const [terms] = sql.all<{ json: string }>("SELECT json FROM terms");
    if (terms !== undefined) this.#terms = controllerTermsSchema.parse(JSON.parse(terms.json));
    const [state] = sql.all<{ json: string }>("SELECT json FROM controller");
    if (state !== undefined) this.#controller = readController(JSON.parse(state.json));
  }

  get terms(): ControllerTerms | null {
    return this.#terms;
  }

  configure(terms: ControllerTerms): { version: number } {
    if (this.#terms !== null && terms.version <= this.#terms.version) {
      return { version: this.#terms.version };
    }
    this.#sql.run("INSERT OR REPLACE INTO terms (one, json) VALUES (1, ?1)", JSON.stringify(terms));
    this.#terms = terms;
    this.#tickedAtMs = null;
    return { version: terms.version };
  }

  /** False where it knows of no drop. */
  report(report: LineReport, ownNowMs: number): boolean {
    if (this.#terms === null) return false;
    this.#book.report(report, ownNowMs);
    this.#book.saveIfDue(ownNowMs);
    return true;
  }

  /** One step of the law, written. `stock` is null where it could not be looked at. */
  tick(ownNowMs: number, stock: StockGlance | null): void {
    const terms = this.#terms;
    if (terms === null) return;
    const nowMs = ownNowMs + this.#book.offsetMs;
    const next = tick(this.#controller, terms, { nowMs, stock, line: this.#book.line });
    this.#tickedAtMs = ownNowMs;
    if (next !== this.#controller) {
      this.#sql.run(
        "INSERT OR REPLACE INTO controller (one, json) VALUES (1, ?1)",
        JSON.stringify(next),
      );
      this.#controller = next;
    }
    const { lateUntilMs } = next.threshold;
    if (lateUntilMs !== null) {
      this.#book.forgetBefore((lateUntilMs - terms.opensAtMs) / 1_000, ownNowMs);
    }
    this.#book.saveIfDue(ownNowMs);
  }

  state(ownNowMs: number): DropState | null {
    const terms = this.#terms;
    if (terms === null) return null;
    // Before the opening nothing is decided: the state is as new as the moment it is asked for.
    const { status, tickedAtMs } = this.#controller;
    const decidedAtMs = status === "open" ? tickedAtMs : null;
    return published(this.#controller, terms, {
      nowMs: decidedAtMs ?? ownNowMs + this.#book.offsetMs,
      line: this.#book.line,
    });
  }

  /** Is a tick due, by that much and more? Reads make one where the alarm has not come. */
  isTickDue(ownNowMs: number, lateMs = 0): boolean {
    const dueAtMs = this.#tickDueAtMs();
    return dueAtMs !== null && ownNowMs >= dueAtMs + lateMs;
  }

  /** Writes what reports have told, where that is due. */
  save(ownNowMs: number): void {
    this.#book.saveIfDue(ownNowMs);
  }

  /** When the alarm must ring. */
  dueAtMs(): DeadlineMs {
    const due = [this.#tickDueAtMs(), this.#book.saveDueAtMs].filter((at) => at !== null);
    return due.length === 0 ? null : Math.min(...due);
  }

  #tickDueAtMs(): DeadlineMs {
    if (this.#terms === null) return null;
    const { status } = this.#controller;
    if (status === "sold_out" || status === "closed") return null;
    const opensAtMs = this.#terms.opensAtMs - this.#book.offsetMs;
    return Math.max(opensAtMs, this.#tickedAtMs === null ? 0 : this.#tickedAtMs + TICK_MS);
  }
}
