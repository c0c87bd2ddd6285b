import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildWorker, startBuiltWorker, type BuiltWorker } from "../../scripts/built-worker.ts";
import { migrate } from "../../scripts/migrate.ts";
import { throwAwaySecrets } from "../../scripts/shop-client.ts";

/** A day of a large shop: as many rows as an upload must take in one go. */
const ROWS = 100_000;
const DAY = "2026-11-24";
/** As long as gateways' rows are, with their thirty columns. */
const TITLE = "一个月的会员 ".repeat(10);
const NOON_MS = Date.UTC(2026, 10, 24, 4);
const secrets = throwAwaySecrets();

let folder: string;
let worker: BuiltWorker;
let accountId: string;

async function admin(path: string, init: RequestInit = {}) {
  const headers = new Headers(init.headers);
  headers.set("authorization", `Bearer ${secrets.ADMIN_TOKEN}`);
  const response = await fetch(`${worker.origin}/admin/api/v1${path}`, { ...init, headers });
  return { status: response.status, json: (await response.json()) as Record<string, never> };
}

const post = (path: string, body: object) =>
  admin(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kamidrop-statement-"));
  const bundle = await buildWorker("src/index.ts", join(folder, "bundle"));
  worker = await startBuiltWorker({
    bundle,
    state: join(folder, "state"),
    bindings: { ...secrets },
  });
  await migrate(worker.miniflare);
  await post("/merchants", { slug: "demo", name: "Demo" });
  const account = await post("/payment-accounts", {
    slug: "epay",
    title: "Alipay",
    gateway: "epay",
    currency: "CNY",
    credentials: { pid: "1001", key: "k-of-this-test", gateway_url: "https://pay.example.com/" },
  });
  accountId = account.json["id"] ?? "";
  await bookPayments();
});

afterAll(async () => {
  await worker.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Every payment but each thousandth, as the order book would have copied them. */
async function bookPayments(): Promise<void> {
  const db = await worker.miniflare.getD1Database("DB");
  const sql = `WITH RECURSIVE n(i) AS (SELECT CAST(?2 AS INTEGER) UNION ALL SELECT i + 1 FROM n WHERE i < ?3 - 1)
    INSERT INTO payments (account_id, trade_no, kind, refund_ref, order_id, merchant_id,
      amount_minor, currency, verdict, source, reported_at_ms)
    SELECT ?1, 'T' || i, 'payment', '', 'ord_' || i, 'mer_demo', 100 + i % 1000, 'CNY',
      'delivered', 'notice', ${NOON_MS} FROM n WHERE i % 1000 <> 0`;
  for (let from = 0; from < ROWS; from += 10_000) {
    await db
      .prepare(sql)
      .bind(accountId, from, from + 10_000)
      .run();
  }
}

/** The file, as it would come over a wire that waits for `halfWay` in its middle. */
function file(halfWay = () => Promise.resolve()): ReadableStream<Uint8Array> {
  const text = new TextEncoder();
  let at = 0;
  return new ReadableStream({
    async pull(controller) {
      if (at === ROWS / 2) await halfWay();
      if (at === 0) {
        controller.enqueue(
          text.encode("系统订单号,商户订单号,商品名称,订单金额,完成时间,支付状态\r\n"),
        );
      }
      const lines = Array.from({ length: 500 }, () => {
        const money = ((100 + (at % 1000)) / 100).toFixed(2);
        return `T${at},ord_${at++},${TITLE},${money},${DAY} 12:00:00,已支付\r\n`;
      });
      controller.enqueue(text.encode(lines.join("")));
      if (at >= ROWS) controller.close();
    },
  });
}

function upload(body: ReadableStream<Uint8Array> | Uint8Array) {
  const headers = { "content-type": "text/csv" };
  const path = `/reconciliations?account=${accountId}&day=${DAY}`;
  return admin(path, { method: "POST", headers, body, duplex: "half" } as RequestInit);
}

interface Report {
  readonly state: string;
  readonly rows_done: number;
}

async function newest(): Promise<Report | undefined> {
  const { json } = await admin("/reconciliations");
  return (json["data"] as unknown as Report[])[0];
}

describe("a statement of 100,000 rows", () => {
  test("that breaks off in its middle tells how far it was, and leaves no report", async () => {
    let seen: Report | undefined;
    const broken = file(async () => {
      // Asked until the first pages are kept: the wire has nothing more until then.
      while ((seen?.rows_done ?? 0) === 0) seen = await newest();
      throw new Error("the merchant closed the lid");
    });
    await expect(upload(broken)).rejects.toThrow();
    expect(seen).toMatchObject({ state: "comparing" });
    expect(seen?.rows_done).toBeLessThanOrEqual(ROWS / 2);
    while ((await newest()) !== undefined);
  });

  test("is compared in one request, and every row has its place", async () => {
    // As a program sends it that has it on its disk: with its length in front.
    const whole = await new Response(file()).bytes();
    expect(whole.byteLength).toBeGreaterThan(20 * 1024 * 1024);
    const { status, json } = await upload(whole);
    expect(status).toBe(201);
    expect(json).toMatchObject({
      state: "done",
      rows_done: ROWS,
      rows: { payments: ROWS, matched: ROWS - ROWS / 1000, unreadable: 0 },
      findings: [{ kind: "missing_here", found: ROWS / 1000, open: ROWS / 1000 }],
      unexplained: { amounts: [{ currency: "CNY", amount_minor: 100 * (ROWS / 1000) }], keys: 0 },
    });
  });
});
