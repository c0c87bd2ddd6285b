import { env } from "cloudflare:workers";
import { drizzle } from "drizzle-orm/d1";
import { beforeAll, describe, expect, test } from "vitest";
import { makePaymentAccountBook } from "../../src/db/payments/payment-accounts.ts";
import { makeStatementFetches } from "../../src/db/statements/statement-fetches.ts";
import { makeStatementReports } from "../../src/db/statements/statement-reports.ts";
import { makeStatements } from "../../src/db/statements/statements.ts";
import type { AccountId, MerchantId } from "../../src/domain/ids.ts";
import { Unavailable } from "../../src/domain/overload/unavailable.ts";
import { fetchDueStatements } from "../../src/flows/statements/fetch-due-statements.ts";
import type {
  PaymentGateway,
  StatementDay,
  StatementDownload,
} from "../../src/flows/payments/payment-ports.ts";
import { systemEntropy } from "../../src/platform/clock.ts";
import { fileDigest } from "../../src/platform/file-digest.ts";
import { migrate, openShop } from "../support/worker/shop.ts";

beforeAll(migrate);

const db = drizzle(env.DB);
const reports = makeStatementReports(db);
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** As the clock of the machine has it, since accounts are made by it; at one in the morning their day is ready. */
const MIDNIGHT_MS = (Math.floor(Date.now() / (24 * HOUR_MS)) + 1) * 24 * HOUR_MS;
const DAY = new Date(MIDNIGHT_MS - 1).toISOString().slice(0, 10);
const READY_MS = MIDNIGHT_MS + HOUR_MS;

type Answer = (day: StatementDay) => Promise<StatementDownload>;

/** A shop with an account at Stripe, whose statements are as the test says, and the schedule before it. */
async function shopWithStripe() {
  // Another test's accounts are none of this one's.
  await env.DB.prepare("UPDATE payment_accounts SET active = 0, updated_at_ms = 0").run();
  await env.DB.prepare("DELETE FROM statement_fetches").run();
  const shop = await openShop();
  const credentials = {
    secret_key: "sk_test_51HxkamidropTests",
    webhook_secret: "whsec_test_secret",
  };
  const body = { slug: "card", title: "Card", gateway: "stripe", currency: "USD", credentials };
  const account = await shop.admin("/payment-accounts", { body });
  const accountId = account.json.id as AccountId;
  const merchantId = shop.id as MerchantId;
  const asked: StatementDay[] = [];
  const world = { nowMs: READY_MS, wanted: true, answer: empty as Answer };
  const ports = {
    statements: makeStatements(db),
    statementFetches: makeStatementFetches(db),
    paymentAccountBook: makePaymentAccountBook(db),
    paymentAccounts: {
      account: async (id: AccountId) => {
        const gateway = {
          statement: async (day: StatementDay) => {
            asked.push(day);
            return world.answer(day);
          },
        };
        return { id, merchantId, gateway: gateway as unknown as PaymentGateway };
      },
    },
    shopSettings: async () => ({ statements: { fetchByNight: world.wanted } }),
    entropy: systemEntropy,
    clock: { nowMs: () => world.nowMs },
    digest: () => fileDigest("SHA-256"),
  };
  /** Runs of the schedule for so long; over hours, fewer of them than it makes. */
  const run = async (forMs: number) => {
    const stepMs = forMs > HOUR_MS ? 10 * MINUTE_MS : 2 * MINUTE_MS;
    const ends = world.nowMs + forMs;
    const made = [];
    const failures = [];
    for (; world.nowMs < ends; world.nowMs += stepMs) {
      const ran = await fetchDueStatements(ports, world.nowMs);
      made.push(...ran.made);
      failures.push(...ran.failures);
    }
    return { made, failures };
  };
  const fetches = async () => {
    const sql = `SELECT day, state, failures, answer, statement_id AS statementId, due_at_ms AS dueAtMs
      FROM statement_fetches WHERE account_id = ? ORDER BY day`;
    return (await env.DB.prepare(sql).bind(accountId).all()).results;
  };
  return { shop, accountId, merchantId, asked, world, ports, run, fetches };
}

const HEADINGS =
  "balance_transaction_id,created_utc,currency,gross,fee,reporting_category,source_id,payment_intent_id";
const text = new TextEncoder();

function file(lines: readonly string[], rest: string | null = null): StatementDownload {
  async function* pieces() {
    yield text.encode([HEADINGS, ...lines].map((line) => `${line}\n`).join(""));
  }
  return { kind: "file", pieces: pieces(), rest: () => rest };
}
const charge = (n: number) => `txn_${n},${DAY} 10:00:00,usd,10.00,0.60,charge,ch_${n},pi_${n}`;
const empty: Answer = async () => file([]);

describe("by night", () => {
  test("each day of an account is fetched once, when it is over and ready, and never again", async () => {
    const { asked, world, run, fetches, ports, accountId } = await shopWithStripe();
    world.nowMs = READY_MS - 20 * MINUTE_MS;
    await run(20 * MINUTE_MS);
    expect(asked).toEqual([]);
    world.nowMs = READY_MS;
    const { made, failures } = await run(2 * HOUR_MS);
    expect(failures).toEqual([]);
    // The account was made on that very day: there was nothing to compare before.
    expect(asked.map(({ day }) => day)).toEqual([DAY]);
    expect(made).toHaveLength(1);
    expect(await fetches()).toMatchObject([
      { day: DAY, state: "done", statementId: made[0]?.id, dueAtMs: null },
    ]);
    await Promise.all([1, 2, 3].map(() => fetchDueStatements(ports, world.nowMs)));
    expect(asked).toHaveLength(1);
    const report = await reports.byId(made[0]?.merchantId as MerchantId, made[0]?.id as never);
    expect(report).toMatchObject({ accountId, day: DAY, format: "stripe" });
  });

  test("all accounts of a gateway have their day, each once, and not all in one moment", async () => {
    const { shop, ports, accountId } = await shopWithStripe();
    const more = ["b", "c", "d"].map(async (slug) => {
      const credentials = {
        secret_key: `sk_test_51Hxkamidrop${slug}`,
        webhook_secret: "whsec_test_secret",
      };
      const body = { slug, title: slug, gateway: "stripe", currency: "USD", credentials };
      return (await shop.admin("/payment-accounts", { body })).json.id as string;
    });
    const accounts = [accountId, ...(await Promise.all(more))];
    for (let minute = 0; minute < 3; minute++) await fetchDueStatements(ports, READY_MS + minute);
    const sql = "SELECT account_id, due_at_ms FROM statement_fetches WHERE day = ?";
    const { results } = await env.DB.prepare(sql).bind(DAY).all();
    expect(results.map((row) => row["account_id"]).toSorted()).toEqual(accounts.toSorted());
    const waiting = results.flatMap((row) => (row["due_at_ms"] as number | null) ?? []);
    expect(new Set(waiting).size).toBe(waiting.length);
    expect(Math.max(...waiting)).toBeLessThan(READY_MS + HOUR_MS);
  });

  test("a day whose file was sent, or whose shop does not want it, is not asked for", async () => {
    const one = await shopWithStripe();
    const path = `/reconciliations?account=${one.accountId}&day=${DAY}`;
    const body = `${HEADINGS}\n${charge(1)}\n`;
    expect((await one.shop.admin(path, { body, type: "text/csv" })).status).toBe(201);
    const sent = "UPDATE statements SET started_at_ms = ? WHERE account_id = ?";
    await env.DB.prepare(sent).bind(MIDNIGHT_MS, one.accountId).run();
    await one.run(HOUR_MS);
    expect([one.asked, await one.fetches()]).toMatchObject([[], [{ state: "done" }]]);
    // One of the day's morning is no report of the day.
    await env.DB.prepare("DELETE FROM statement_fetches").run();
    await env.DB.prepare(sent)
      .bind(MIDNIGHT_MS - 1, one.accountId)
      .run();
    one.world.nowMs = READY_MS;
    await one.run(HOUR_MS);
    expect(one.asked).toHaveLength(1);
    const two = await shopWithStripe();
    two.world.wanted = false;
    await two.run(HOUR_MS);
    expect([two.asked, await two.fetches()]).toMatchObject([[], [{ state: "off" }]]);
  });

  test("a gateway that is not ready is asked again, ever more rarely, until it is", async () => {
    const { asked, world, run, fetches } = await shopWithStripe();
    world.answer = async () => ({ kind: "unavailable", reason: "status", retryAfterSeconds: null });
    await run(3 * HOUR_MS);
    expect(asked.length).toBeGreaterThan(2);
    expect(asked.length).toBeLessThan(6);
    expect(await fetches()).toMatchObject([{ state: "waiting", answer: "status" }]);
    world.answer = async () => file([charge(2)]);
    await run(5 * HOUR_MS);
    expect(await fetches()).toMatchObject([{ state: "done", answer: null }]);
  });

  test("what it never has is given up, and told: without money of ours, as no statement", async () => {
    const { shop, asked, world, run, fetches, accountId, merchantId } = await shopWithStripe();
    world.answer = async () => ({ kind: "refused", reason: "NO_STATEMENT_EXIST" });
    await run(24 * HOUR_MS);
    expect(await fetches()).toMatchObject([{ state: "none", answer: "NO_STATEMENT_EXIST" }]);
    expect(asked).toHaveLength(8);

    await env.DB.prepare("DELETE FROM statement_fetches").run();
    const insert = `INSERT INTO payments (account_id, trade_no, kind, refund_ref, order_id, merchant_id,
      amount_minor, currency, verdict, source, reported_at_ms)
      VALUES (?, 'pi_x', 'payment', '', 'ord_x', ?, 1, 'USD', 'paid', 'notice', ?)`;
    await env.DB.prepare(insert)
      .bind(accountId, merchantId, MIDNIGHT_MS - HOUR_MS)
      .run();
    world.nowMs = READY_MS;
    await run(23 * HOUR_MS);
    expect(await fetches()).toMatchObject([{ day: DAY, state: "given_up" }]);
    expect(asked).toHaveLength(8 + 8);
    // Until the merchant sends the file.
    const path = `/reconciliations?account=${accountId}&day=${DAY}`;
    const body = `${HEADINGS}\n${charge(1)}\n`;
    const report = await shop.admin(`${path}&account_checked=true`, { body, type: "text/csv" });
    expect(await fetches()).toMatchObject([{ state: "done", statementId: report.json.id }]);
  });

  test("what only the merchant can mend is not asked for again", async () => {
    const { asked, world, run, fetches } = await shopWithStripe();
    world.answer = async () => ({
      kind: "unavailable",
      reason: "credentials",
      retryAfterSeconds: null,
    });
    await run(12 * HOUR_MS);
    expect(asked).toHaveLength(1);
    expect(await fetches()).toMatchObject([{ state: "given_up", answer: "credentials" }]);
  });

  test("one account that throws does not keep the others from theirs, and is tried again", async () => {
    const { world, run, fetches } = await shopWithStripe();
    world.answer = async () => {
      throw new Error("a bug");
    };
    const { failures } = await run(40 * MINUTE_MS);
    expect(failures.length).toBeGreaterThan(0);
    expect(await fetches()).toMatchObject([
      { state: "waiting", answer: "failed", failures: failures.length },
    ]);
  });
});

describe("a day that is too long for one invocation", () => {
  const PARTS = 60;
  const ROWS = 90;
  const cursorOf = (part: number) => (part === 0 ? null : `txn_${part * ROWS - 1}`);
  const partOf = (cursor: string | null | undefined) =>
    Array.from({ length: PARTS }, (_, part) => cursorOf(part)).indexOf(cursor ?? null);
  const linesOf = (part: number) => Array.from({ length: ROWS }, (_, n) => charge(part * ROWS + n));
  const long: Answer = async ({ from }) => {
    const part = partOf(from);
    return file(linesOf(part), part + 1 < PARTS ? cursorOf(part + 1) : null);
  };

  test("is gone on with by the next ones, and each movement counts once", async () => {
    const { asked, world, run, fetches, merchantId } = await shopWithStripe();
    world.answer = long;
    const first = await run(34 * MINUTE_MS);
    expect(first.made.length).toBe(1);
    expect(asked.map(({ from }) => partOf(from))).toEqual(
      Array.from({ length: PARTS }, (_, n) => n),
    );
    expect(await fetches()).toMatchObject([{ state: "done" }]);
    const [report] = await reports.list(merchantId, null, 10);
    expect(report?.summary).toMatchObject({ rows: PARTS * ROWS, payments: PARTS * ROWS });
    expect(report?.summary?.grossMinor).toBe(PARTS * ROWS * 1_000);
    const found = await reports.found([report?.id as never]);
    expect(found).toMatchObject([{ kind: "missing_here", found: PARTS * ROWS }]);
  });

  test("shows how far it is, may be discarded, and holds up other files of the account", async () => {
    const { world, shop, run, accountId } = await shopWithStripe();
    world.answer = async (day) => {
      if (partOf(day.from) === 5) throw new Unavailable("gateway", 3_600);
      return long(day);
    };
    await run(34 * MINUTE_MS);
    const [report] = (await shop.admin("/reconciliations")).json.data;
    expect(report).toMatchObject({ state: "comparing", rows_done: 5 * ROWS, totals: null });
    expect(report.continues_at).not.toBeNull();
    const path = `/reconciliations?account=${accountId}&day=${DAY}`;
    const sent = { body: `${HEADINGS}\n${charge(1)}\n`, type: "text/csv" };
    expect((await shop.admin(path, sent)).status).toBe(409);
    const gone = await shop.admin(`/reconciliations/${report.id}`, { method: "DELETE" });
    expect(gone.status).toBe(204);
    expect((await shop.admin(path, sent)).status).toBe(201);
  });

  test("is the same wherever it was broken off, died, or was paused", async () => {
    const whole = await shopWithStripe();
    whole.world.answer = long;
    await whole.run(34 * MINUTE_MS);
    const [expected] = await reports.list(whole.merchantId, null, 1);

    const broken = await shopWithStripe();
    const { statements } = broken.ports;
    let calls = 0;
    // Each third page dies before it is written, each seventh behind it; each eleventh call breaks off.
    broken.ports.statements = {
      ...statements,
      async keep(...page: Parameters<typeof statements.keep>) {
        calls++;
        if (calls % 3 === 0) return never();
        await statements.keep(...page);
        if (calls % 7 === 0) return never();
      },
      // A dead isolate says nothing any more.
      forget: async () => {},
    };
    broken.world.answer = async (day) => {
      if (++calls % 11 === 0) throw new Unavailable("gateway", 60);
      return long(day);
    };
    await broken.run(24 * HOUR_MS);
    const [report] = await reports.list(broken.merchantId, null, 1);
    expect(report?.summary).toEqual(expected?.summary);
    expect(report?.digest).toBe(expected?.digest);
    expect(await reports.found([report?.id as never])).toMatchObject([
      { kind: "missing_here", found: PARTS * ROWS, unexplainedMinor: PARTS * ROWS * 1_000 },
    ]);
  });
});

function never(): Promise<never> {
  return Promise.reject(new Error("the isolate died"));
}
