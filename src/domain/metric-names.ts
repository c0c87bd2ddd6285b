/**
 * Everything that is counted, by name: one line each, here and in docs/metrics.md. `labels` are the
 * names of the one or two labels that a count comes with; their values are codes of ours (an outcome, a
 * route, a dependency), never anything that a stranger could choose.
 */
export const COUNTERS = {
  requests: {
    help: "Answers, by kind of address and class of status.",
    labels: ["route", "status"],
  },
  orders: { help: "Orders asked for, by what became of them.", labels: ["outcome"] },
  notices: { help: "Notices of payment, by what became of them.", labels: ["verdict"] },
  mails: { help: "Mails that were due, by what became of them.", labels: ["outcome"] },
  limited: { help: "Requests that a rate limit refused.", labels: ["subject", "tier"] },
  shed: { help: "Orders refused at the door because too many were under way.", labels: ["reason"] },
  risk: {
    help: "Orders judged, by decision and its foremost reason.",
    labels: ["decision", "reason"],
  },
  challenges: { help: "Proofs of a person, by what the verifier said.", labels: ["outcome"] },
  tickets: { help: "Places in a drop's line, by what became of the request.", labels: ["outcome"] },
  cache: { help: "Look-ups in a layer of cache.", labels: ["layer", "result"] },
  breaker_refusals: { help: "Calls that an open breaker spared.", labels: ["dependency"] },
  breaker_opened: { help: "Times that a breaker opened.", labels: ["dependency"] },
  gateway_calls: { help: "Calls to gateways.", labels: ["call", "outcome"] },
} as const satisfies Record<string, Family>;

/** Durations, in seconds. */
export const HISTOGRAMS = {
  request_seconds: { help: "From the first byte read to the answer.", labels: ["route"] },
} as const satisfies Record<string, Family>;

/** Read when they are asked for: what is so at this moment. */
export const GAUGES = {
  isolate_start_time_seconds: { help: "When this isolate began.", labels: ["isolate", "version"] },
  breaker_state: { help: "0 closed, 1 half open, 2 open.", labels: ["dependency"] },
  line_length: { help: "Buyers under way in the longest line before a stock object.", labels: [] },
  concurrency_limit: { help: "How many there may be in that line.", labels: [] },
  switch_off: { help: "Parts that the operator has switched off.", labels: ["part"] },
} as const satisfies Record<string, Family>;

export interface Family {
  readonly help: string;
  readonly labels: readonly string[];
}

export type CounterName = keyof typeof COUNTERS;
export type HistogramName = keyof typeof HISTOGRAMS;
export type GaugeName = keyof typeof GAUGES;
