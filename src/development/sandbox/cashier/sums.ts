/** Sums as gateways write them, in integers: this side has its own, so that a slip in the shop's shows. */
const WITHOUT_CENTS = new Set(["JPY", "KRW", "VND"]);

/** "10.00" for 1000 CNY. */
export function decimal(minor: number, currency: string): string {
  if (WITHOUT_CENTS.has(currency)) return String(minor);
  const cents = String(minor % 100).padStart(2, "0");
  return `${Math.floor(minor / 100)}.${cents}`;
}

/** 1000 for "10", "10.0" and "10.00" CNY; null for what is no sum. */
export function minorOf(text: unknown, currency: string): number | null {
  const match = /^(\d{1,12})(?:\.(\d{1,2}))?$/.exec(String(text));
  if (match === null) return null;
  const [, whole = "0", cents = ""] = match;
  if (WITHOUT_CENTS.has(currency)) return Number(whole);
  return Number(whole) * 100 + Number(cents.padEnd(2, "0"));
}
