/** What was seen of an account's gateway in some time. Times in milliseconds since 1970 UTC. */
export interface Tally {
  /** Calls that the gateway was asked, and those of them that it did not answer as its document says. */
  readonly calls: number;
  readonly failures: number;
  /** How long all calls took together, and the longest of them. */
  readonly totalMs: number;
  readonly slowestMs: number;
  readonly lastSuccessAtMs: number | null;
  readonly lastFailureAtMs: number | null;
  /** Why the last one failed: a GatewayUnavailable's reason. */
  readonly lastFailure: string | null;
  /** Of genuine notices only. */
  readonly lastNoticeAtMs: number | null;
}

export const NOTHING_SEEN: Tally = {
  calls: 0,
  failures: 0,
  totalMs: 0,
  slowestMs: 0,
  lastSuccessAtMs: null,
  lastFailureAtMs: null,
  lastFailure: null,
  lastNoticeAtMs: null,
};

export function callSeen(call: {
  readonly failure: string | null;
  readonly tookMs: number;
  readonly atMs: number;
}): Tally {
  const { failure, atMs } = call;
  // A clock that is put back makes no call shorter than none.
  const tookMs = Math.max(0, call.tookMs);
  const seen = { ...NOTHING_SEEN, calls: 1, totalMs: tookMs, slowestMs: tookMs };
  return failure === null
    ? { ...seen, lastSuccessAtMs: atMs }
    : { ...seen, failures: 1, lastFailureAtMs: atMs, lastFailure: failure };
}

export function noticeSeen(atMs: number): Tally {
  return { ...NOTHING_SEEN, lastNoticeAtMs: atMs };
}

/** Both together, in whichever order they came. */
export function together(a: Tally, b: Tally): Tally {
  const later = (b.lastFailureAtMs ?? -1) > (a.lastFailureAtMs ?? -1) ? b : a;
  return {
    calls: a.calls + b.calls,
    failures: a.failures + b.failures,
    totalMs: a.totalMs + b.totalMs,
    slowestMs: Math.max(a.slowestMs, b.slowestMs),
    lastSuccessAtMs: latest(a.lastSuccessAtMs, b.lastSuccessAtMs),
    lastFailureAtMs: later.lastFailureAtMs,
    lastFailure: later.lastFailure,
    lastNoticeAtMs: latest(a.lastNoticeAtMs, b.lastNoticeAtMs),
  };
}

function latest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}
