import { charge, meter, take, type Limit, type Taken } from "../../src/domain/limits/limit.ts";
import { Lru } from "../../src/domain/memory/lru.ts";
import { migrate } from "../shared/migrate.ts";
import type { Sql } from "../shared/sql.ts";
import { KEY_CHARACTERS_MAX, QUESTIONS_MAX, type LimiterQuestion } from "./contract.ts";
import { MIGRATIONS } from "./schema.ts";

/** Keys in memory: the one that was asked about longest ago goes. Some 5 MB. */
const KEYS_MAX = 20_000;
/** What one limit may say: bounds what a key can be made to remember. */
const WINDOW_MS_MAX = 24 * 3_600_000;
const QUOTA_MAX = 1_000_000;

interface Known {
  arrivalMs: number;
  /** What the row says; null where there is none. */
  savedMs: number | null;
}

/**
 * Who asked how often, in the world. Memory counts, and SQLite keeps what would be worth forgetting: a
 * key gets its row when it has used half a quota more than the row says. So most keys never cost a
 * write, a key at its limit costs two a window, and whoever waits until the object is evicted (ten
 * quiet seconds are enough) gets less than half a quota for it.
 *
 * An instance that was replaced and does not know it may grant from its memory. That is no harm here:
 * it is a count of who asks, and the rules of the sale are the stock object's.
 */
export class RateLimiterStore {
  readonly #sql: Sql;
  readonly #known = new Lru<Known>({ entriesMax: KEYS_MAX });
  /** Whether this instance has written: rows of one before it have their alarm already. */
  #wrote = false;

  constructor(sql: Sql) {
    this.#sql = sql;
    migrate(sql, MIGRATIONS);
  }

  /** Whether there are rows that somebody must come back for. */
  get hasRows(): boolean {
    return this.#wrote;
  }

  take(questions: readonly LimiterQuestion[], nowMs: number): Taken[] {
    if (questions.length > QUESTIONS_MAX) throw new Error(`${questions.length} questions`);
    return questions.map((question) => this.#take(question, nowMs));
  }

  /** Deletes the rows of keys that have a whole quota again. Answers whether rows are left to come back for. */
  prune(nowMs: number): boolean {
    this.#sql.run("DELETE FROM arrivals WHERE arrival_ms <= ?1", nowMs);
    this.#wrote = this.#sql.all("SELECT 1 AS one FROM arrivals LIMIT 1").length > 0;
    return this.#wrote;
  }

  #take({ key, limit, told }: LimiterQuestion, nowMs: number): Taken {
    checkQuestion(key, limit, told);
    const known = this.#recall(key);
    const before = charge(limit, known.arrivalMs, nowMs, told);
    const taken = take(limit, before, nowMs);
    known.arrivalMs = taken.arrivalMs;
    this.#save(key, known, limit, nowMs);
    return taken;
  }

  #recall(key: string): Known {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const [row] = this.#sql.all<{ arrival_ms: number }>(
      "SELECT arrival_ms FROM arrivals WHERE key = ?1",
      key,
    );
    const recalled = { arrivalMs: row?.arrival_ms ?? 0, savedMs: row?.arrival_ms ?? null };
    this.#known.set(key, recalled);
    return recalled;
  }

  #save(key: string, known: Known, limit: Limit, nowMs: number): void {
    const unsavedMs = known.arrivalMs - Math.max(known.savedMs ?? nowMs, nowMs);
    if (unsavedMs * 2 < meter(limit).wholeMs) return;
    this.#sql.run(
      `INSERT INTO arrivals (key, arrival_ms) VALUES (?1, ?2)
        ON CONFLICT (key) DO UPDATE SET arrival_ms = excluded.arrival_ms`,
      key,
      known.arrivalMs,
    );
    known.savedMs = known.arrivalMs;
    this.#wrote = true;
  }
}

/** What the Worker must never ask: a bug of ours, not of a caller's. */
function checkQuestion(key: string, { quota, windowMs }: Limit, told: number): void {
  const whole = [quota, windowMs, told].every((number) => Number.isSafeInteger(number));
  const sound =
    whole &&
    key.length > 0 &&
    key.length <= KEY_CHARACTERS_MAX &&
    quota > 0 &&
    quota <= QUOTA_MAX &&
    windowMs > 0 &&
    windowMs <= WINDOW_MS_MAX &&
    told >= 0 &&
    told <= QUOTA_MAX;
  if (!sound) throw new Error("a question about a limit that is none");
}
