/** The wall clock of Beijing, as its gateways write it: `2026-03-01 09:30:00`. */
export function beijingTime(atMs: number): string {
  return new Date(atMs + 8 * 3_600_000).toISOString().slice(0, 19).replace("T", " ");
}
