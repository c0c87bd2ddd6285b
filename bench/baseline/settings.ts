import { z } from "zod";

/** What the bench tells each process of the baseline, as JSON in `BASELINE`. */
const settings = z.object({
  /** Unix sockets: the shortest way on one machine. */
  redisSocket: z.string(),
  postgresFolder: z.string(),
  postgresUser: z.string(),
  /** Signs access tokens and names orders. */
  secret: z.string(),
  account: z.object({ id: z.string(), pid: z.string(), key: z.string() }),
  product: z.object({ id: z.string(), title: z.string(), priceMinor: z.int() }),
});
export type Settings = z.infer<typeof settings>;

export function readSettings(): Settings {
  return settings.parse(JSON.parse(process.env["BASELINE"] ?? "{}"));
}
