/** The two tests that a drop's fairness is held to. Pure. */

/**
 * Kolmogorov-Smirnov, one sample against the uniform distribution on [0, 1]: the largest distance between
 * the sample's distribution and the line, and how often a uniform sample of that size has one as large
 * (Kolmogorov's series with Stephens' correction for finite samples, "EDF statistics for goodness of fit",
 * 1974; off by less than 0.01 from 20 values on).
 */
export function kolmogorovSmirnov(sample: readonly number[]): { d: number; p: number } {
  const n = sample.length;
  if (n === 0) return { d: 0, p: 1 };
  let d = 0;
  for (const [place, value] of sample.toSorted((a, b) => a - b).entries()) {
    d = Math.max(d, (place + 1) / n - value, value - place / n);
  }
  const root = Math.sqrt(n);
  return { d, p: kolmogorovTail((root + 0.12 + 0.11 / root) * d) };
}

/** P(K > x) of Kolmogorov's distribution. */
export function kolmogorovTail(x: number): number {
  // The series below needs ever more terms towards 0, where the answer is 1 to all digits shown.
  if (x < 0.2) return 1;
  let sum = 0;
  for (let k = 1; k <= 100; k++) {
    const term = Math.exp(-2 * k * k * x * x);
    sum += k % 2 === 1 ? term : -term;
    if (term < 1e-16) break;
  }
  return Math.min(1, Math.max(0, 2 * sum));
}

/** P(X >= k) of a binomial: k or more successes in n tries of chance p each. Exact sum, in logarithms. */
export function binomialTail(k: number, n: number, p: number): number {
  if (k <= 0) return 1;
  if (k > n || p <= 0) return 0;
  if (p >= 1) return 1;
  let tail = 0;
  let log = logChoose(n, k) + k * Math.log(p) + (n - k) * Math.log1p(-p);
  for (let at = k; at <= n; at++) {
    tail += Math.exp(log);
    log += Math.log((n - at) / (at + 1)) + Math.log(p) - Math.log1p(-p);
  }
  return Math.min(1, tail);
}

function logChoose(n: number, k: number): number {
  let sum = 0;
  for (let at = 1; at <= k; at++) sum += Math.log((n - k + at) / at);
  return sum;
}
