/**
 * What the platform gives each request of its own: the clock, timers, and time after the answer.
 * Whoever calls must be inside the request that is to wait.
 */
export interface Turns {
  nowMs(): number;
  wait(ms: number): Promise<void>;
  /** The work goes on although the request is answered, or its client has gone (up to 30 s). */
  keepAlive(work: Promise<unknown>): void;
}
