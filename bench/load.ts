import autocannon from "autocannon";

export interface Load {
  readonly ratePerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers that were not 2xx, and connections that failed. */
  readonly failures: number;
  readonly requests: number;
}

export interface LoadPlan {
  readonly origin: string;
  readonly connections: number;
  /** Runs for so long… */
  readonly seconds?: number;
  /** …or until so many requests were answered. */
  readonly amount?: number;
  readonly request: () => {
    method: "GET" | "POST";
    path: string;
    headers?: Record<string, string>;
    body?: string;
  };
  readonly onAnswer?: (body: string) => void;
}

/** Keep-alive clients that ask as fast as they are answered. Loopback only, bounded. */
export async function load(plan: LoadPlan): Promise<Load> {
  const { onAnswer } = plan;
  const startedAt = performance.now();
  let lastAnswerAt = startedAt;
  const result = await autocannon({
    url: plan.origin,
    connections: plan.connections,
    ...(plan.amount === undefined ? { duration: plan.seconds ?? 3 } : { amount: plan.amount }),
    requests: [
      {
        setupRequest: (request) => ({ ...request, ...plan.request() }),
        // It looks at its clock once a second: a run that ends by count ended with its last answer.
        onResponse: (_status: number, body: string) => {
          lastAnswerAt = performance.now();
          onAnswer?.(body);
        },
      },
    ],
  });
  const lastedSeconds = (lastAnswerAt - startedAt) / 1000;
  const requests = result["2xx"] + result.non2xx;
  return {
    ratePerSecond: requests / (plan.amount === undefined ? result.duration : lastedSeconds),
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    failures: result.non2xx + result.errors,
    requests,
  };
}
