import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Redis } from "ioredis";
import postgres from "postgres";
import { EPAY } from "../../scripts/shop-client.ts";
import { CHANGES, freeKeys } from "./orders.ts";
import { Program, startPostgres, startRedis, type Fsync, type Installed } from "./programs.ts";
import type { Settings } from "./settings.ts";

const PRODUCT = { id: "prd_hot", title: "hot", priceMinor: 1_000 };
const ACCOUNT_ID = "acct_epay";
const IMPORT_BATCH = 10_000;
const LOOK_EVERY_MS = 100;
const LOOKS_MAX = 900;

export interface BaselinePlan {
  readonly programs: Installed;
  readonly folder: string;
  readonly fsync: Fsync;
  readonly keys: readonly string[];
}

export interface Books {
  /** Keys that PostgreSQL says were delivered, and how many of them are different ones. */
  readonly delivered: number;
  readonly distinct: number;
  /** Keys that Redis has left. */
  readonly free: number;
  /** Keys of orders that are not paid. */
  readonly held: number;
}

export interface Baseline {
  readonly origin: string;
  readonly accountId: string;
  readonly productId: string;
  /** Of all its programs. */
  pids(): number[];
  /** Waits until PostgreSQL has everything. */
  atRest(): Promise<void>;
  books(): Promise<Books>;
  stop(): Promise<void>;
}

/**
 * Starts what the usual article tells people to build: Redis, PostgreSQL, a worker that copies from
 * one to the other, and web processes in front.
 */
export async function startBaseline(plan: BaselinePlan): Promise<Baseline> {
  const running: { stop(): Promise<void> }[] = [];
  const stop = async () => {
    // In the order of who asks whom: none is left talking to one that has gone.
    for (const program of running.toReversed()) await program.stop();
  };
  try {
    await mkdir(plan.folder);
    const postgresServer = await startPostgres(plan.programs, join(plan.folder, "postgres"));
    running.push(postgresServer.program);
    const redisServer = await startRedis(plan.programs, join(plan.folder, "redis"), plan.fsync);
    running.push(redisServer.program);

    const redis = new Redis({ path: redisServer.socket });
    running.push({ stop: async () => redis.disconnect() });
    for (let at = 0; at < plan.keys.length; at += IMPORT_BATCH) {
      await redis.rpush(freeKeys(PRODUCT.id), ...plan.keys.slice(at, at + IMPORT_BATCH));
    }

    const settings: Settings = {
      redisSocket: redisServer.socket,
      postgresFolder: postgresServer.folder,
      postgresUser: postgresServer.user,
      secret: randomBytes(32).toString("hex"),
      account: { id: ACCOUNT_ID, ...EPAY },
      product: PRODUCT,
    };
    const worker = startNode("persist.ts", settings);
    running.push(worker);
    await worker.said(/ready/);
    const web = startNode("serve.ts", settings);
    running.push(web);
    const [, port] = await web.said(/listens on (\d+)/);

    return {
      origin: `http://127.0.0.1:${port}`,
      accountId: ACCOUNT_ID,
      productId: PRODUCT.id,
      pids: () =>
        [postgresServer, redisServer].map(({ program }) => program.pid).concat(worker.pid, web.pid),
      atRest: () => streamIsEmpty(redis, worker),
      books: () => readBooks(redis, settings),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function startNode(file: string, settings: Settings): Program {
  return new Program(process.execPath, [join(import.meta.dirname, file)], {
    env: { ...process.env, NODE_ENV: "production", BASELINE: JSON.stringify(settings) },
  });
}

async function streamIsEmpty(redis: Redis, worker: Program): Promise<void> {
  for (let looks = 0; looks < LOOKS_MAX; looks++) {
    if ((await redis.xlen(CHANGES)) === 0) return;
    worker.mustRun();
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  throw new Error("the baseline's stream does not come to rest");
}

async function readBooks(redis: Redis, settings: Settings): Promise<Books> {
  const sql = postgres({
    path: `${settings.postgresFolder}/.s.PGSQL.5432`,
    user: settings.postgresUser,
    database: "postgres",
    max: 1,
  });
  const [row] = await sql<{ delivered: number; distinct: number; held: number }[]>`
    SELECT (count(*) FILTER (WHERE state = 'delivered'))::int AS delivered,
      (count(DISTINCT key) FILTER (WHERE state = 'delivered'))::int AS distinct,
      (count(*) FILTER (WHERE state = 'pending'))::int AS held
    FROM orders CROSS JOIN unnest(keys) AS key`;
  await sql.end();
  if (row === undefined) throw new Error("PostgreSQL counted nothing");
  return { ...row, free: await redis.llen(freeKeys(PRODUCT.id)) };
}
