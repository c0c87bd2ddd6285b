/** Counts are looked at in parts of so long: long enough for a share, short enough for a rush. */
const WINDOW_MS = 100;
/** Fewer in a window cost nothing worth sparing: each is heard, whatever the line says. */
const BUSY_ARRIVALS = 50;
/** So many times as many as were served are heard, so that the line stays full and its word is known. */
const HEARD_PER_SERVED = 2;
const SHARE_MAX = 0.95;

/**
 * Refusal on arrival, by chance (in the spirit of RED, Floyd & Jacobson 1993): while orders come so fast
 * that to read each of them would take the time in which others are served, and most of those that are
 * read find the line full, a share is refused unread. It does not know for which product an order is: in
 * this much of a rush an isolate protects itself, and hears some of everybody.
 */
export class EarlyRefusal {
  #endsAtMs = 0;
  #arrived = 0;
  #full = 0;
  #served = 0;
  #share = 0;

  /** Whether the order that comes now is refused unread. `random` is from 0 to 1. */
  refuses(nowMs: number, random: number): boolean {
    if (nowMs >= this.#endsAtMs || this.#endsAtMs - nowMs > WINDOW_MS) this.#begin(nowMs);
    this.#arrived++;
    return random < this.#share;
  }

  /** What became of one that was read: it found the line full, or it had its turn. */
  heard(foundFull: boolean): void {
    if (foundFull) this.#full++;
    else this.#served++;
  }

  /** The share that is refused now. */
  get share(): number {
    return this.#share;
  }

  #begin(nowMs: number): void {
    const isRecent = nowMs - this.#endsAtMs <= WINDOW_MS;
    const mostFull = this.#full > this.#served || (this.#share > 0 && this.#full > 0);
    const rushes = isRecent && this.#arrived >= BUSY_ARRIVALS && mostFull;
    const wanted = 1 - (HEARD_PER_SERVED * this.#served) / Math.max(1, this.#arrived);
    this.#share = rushes ? Math.min(SHARE_MAX, Math.max(0, wanted)) : 0;
    this.#endsAtMs = nowMs + WINDOW_MS;
    this.#arrived = 0;
    this.#full = 0;
    this.#served = 0;
  }
}
