import { Redis } from "ioredis";
import postgres from "postgres";
import { CHANGES, Orders, type OrderHash } from "./orders.ts";
import { readSettings } from "./settings.ts";

/**
 * The worker of the baseline: copies changed orders from the stream into PostgreSQL, many in one
 * transaction, and lets holds lapse. An entry leaves the stream when PostgreSQL has committed it
 * (synchronous_commit is on), so a crash at any point copies twice, never not at all; of two
 * versions the newer wins.
 */
const BATCH = 500;
const BLOCK_MS = 200;
const GROUP = "persist";
const CONSUMER = "worker";

const settings = readSettings();
const redis = new Redis({ path: settings.redisSocket, enableAutoPipelining: true });
const sql = postgres({
  path: `${settings.postgresFolder}/.s.PGSQL.5432`,
  user: settings.postgresUser,
  database: "postgres",
  max: 1,
  onnotice: () => {},
});

await sql`CREATE TABLE IF NOT EXISTS orders (
  id text PRIMARY KEY, version int NOT NULL, state text NOT NULL, product_id text NOT NULL,
  quantity int NOT NULL, amount_minor bigint NOT NULL, email text NOT NULL, keys text[] NOT NULL,
  trade_no text, placed_at timestamptz NOT NULL, paid_at timestamptz)`;
await sql`CREATE INDEX IF NOT EXISTS orders_by_email ON orders (email)`;
await redis.xgroup("CREATE", CHANGES, GROUP, "0", "MKSTREAM").catch(groupExists);
process.stdout.write("ready\n");

const orders = new Orders(redis);
let stopping = false;
process.on("SIGTERM", () => {
  stopping = true;
});
// What an earlier life of this worker took and did not finish comes first.
let from = "0";
while (!stopping) {
  await orders.lapse(settings.product.id, Date.now());
  const read = await redis.xreadgroup(
    "GROUP",
    GROUP,
    CONSUMER,
    "COUNT",
    BATCH,
    "BLOCK",
    BLOCK_MS,
    "STREAMS",
    CHANGES,
    from,
  );
  const entries = (read as [string, [string, string[]][]][] | null)?.[0]?.[1] ?? [];
  if (entries.length > 0) await persist(entries);
  else from = ">";
}
redis.disconnect();
await sql.end();

async function persist(entries: readonly [string, string[]][]): Promise<void> {
  const ids = [...new Set(entries.map(([, fields]) => fields[1] ?? ""))];
  const rows = (await Promise.all(ids.map((id) => orders.read(id)))).map(rowOf);
  await sql`INSERT INTO orders
    SELECT * FROM jsonb_to_recordset(${sql.json(rows)}) AS row (id text, version int, state text,
      product_id text, quantity int, amount_minor bigint, email text, keys text[], trade_no text,
      placed_at timestamptz, paid_at timestamptz)
    ON CONFLICT (id) DO UPDATE SET version = excluded.version, state = excluded.state,
      keys = excluded.keys, trade_no = excluded.trade_no, paid_at = excluded.paid_at
    WHERE excluded.version > orders.version`;
  const read = entries.map(([entry]) => entry);
  await redis
    .multi()
    .xack(CHANGES, GROUP, ...read)
    .xdel(CHANGES, ...read)
    .exec();
}

function rowOf(order: OrderHash) {
  return {
    id: order["id"] ?? "",
    version: Number(order["version"]),
    state: order["state"] ?? "",
    product_id: order["product_id"] ?? "",
    quantity: Number(order["quantity"]),
    amount_minor: Number(order["amount"]),
    email: order["email"] ?? "",
    keys: JSON.parse(order["keys"] ?? "[]") as string[],
    trade_no: order["trade_no"] ?? null,
    placed_at: new Date(Number(order["placed_at"])).toISOString(),
    paid_at:
      order["paid_at"] === undefined ? null : new Date(Number(order["paid_at"])).toISOString(),
  };
}

function groupExists(error: unknown): void {
  if (!(error instanceof Error && error.message.startsWith("BUSYGROUP"))) throw error;
}
