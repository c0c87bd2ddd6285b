import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { drizzle } from "drizzle-orm/d1";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { makeOrderBook } from "../../src/db/orders/order-book.ts";
import { makeStatementReports } from "../../src/db/statements/statement-reports.ts";
import { makeStatements } from "../../src/db/statements/statements.ts";
import type { AccountId, RefundId, StatementId } from "../../src/domain/ids.ts";
import { formatDecimal } from "../../src/domain/money.ts";
import type { PaymentVerdict } from "../../src/domain/payments/payment.ts";
import type { Refund } from "../../src/domain/payments/refund.ts";
import type { StatementFindingKind } from "../../src/domain/statements/judge.ts";
import type { StatementRow } from "../../src/domain/statements/statement.ts";
import { compareStatement } from "../../src/flows/statements/compare-statement.ts";
import { settleFinding } from "../../src/flows/statements/settle-finding.ts";
import type { StatementRun } from "../../src/flows/statements/statement-ports.ts";
import { fileDigest } from "../../src/platform/file-digest.ts";
import { CountedDatabase } from "../support/worker/counted-database.ts";
import { delivered, snapshot } from "../support/worker/snapshots.ts";
import { epayFile, type EpayLine } from "../support/worker/statements.ts";

const db = drizzle(env.DB);
const book = makeOrderBook(db);
const statements = makeStatements(db);
const reports = makeStatementReports(db);
const NOON_MS = Date.UTC(2026, 10, 24, 4);
const { merchantId } = snapshot(1);
const author = { merchantId, actor: "operator", atMs: NOON_MS };
const ports = { statements, clock: { nowMs: () => NOON_MS }, digest: () => fileDigest("SHA-256") };
const TIME = "2026-11-24 12:00:00";

beforeAll(() => applyD1Migrations(env.DB, env.TEST_MIGRATIONS));

let made = 0;
/** A day of an account that nothing has ever been paid to. */
function newRun(): StatementRun {
  const n = String(++made).padStart(20, "0");
  const fromMs = Date.UTC(2026, 10, 23, 16);
  return {
    id: `stm_${n}` as StatementId,
    merchantId,
    accountId: `acct_${n}` as AccountId,
    currency: "CNY",
    fee: null,
    day: "2026-11-24",
    format: "epay",
    fromMs,
    toMs: fromMs + 86_400_000,
    startedAtMs: NOON_MS,
    accountNumber: null,
    origin: "fetched",
    accountChecked: false,
  };
}

async function* inPieces(text: string, bytes = 64 * 1024) {
  const whole = new TextEncoder().encode(text);
  for (let at = 0; at < whole.length; at += bytes) yield whole.slice(at, at + bytes);
}

async function compared(run: StatementRun, lines: readonly EpayLine[]) {
  const result = await compareStatement(ports, author, run, inPieces(epayFile(lines)));
  if (!result.ok) throw new Error(result.error.reason);
  const record = await reports.byId(merchantId, run.id);
  if (record?.summary === undefined || record.summary === null) throw new Error("no report");
  const query = { statementId: run.id, afterNumber: 0, limit: 100_000 };
  return { summary: record.summary, findings: await reports.findings(query) };
}

const unexplained = async (run: StatementRun) => {
  const found = await reports.found([run.id]);
  const sum = (of: "unexplainedMinor" | "unexplainedKeys") =>
    found.reduce((total, each) => total + each[of], 0);
  return { cents: sum("unexplainedMinor"), keys: sum("unexplainedKeys") };
};

/** What may befall a payment, what is to be found of it, and what of it nothing explains. */
interface Fate {
  readonly finds: StatementFindingKind | null;
  readonly here?: PaymentVerdict | "no";
  readonly there?: (line: EpayLine) => readonly EpayLine[];
  readonly cents?: (amountMinor: number) => number;
  readonly keys?: number;
}

const whole = (amountMinor: number) => amountMinor;
const FATES: Readonly<Record<string, Fate>> = {
  fine: { finds: null },
  unheard: { finds: "missing_here", here: "no", cents: whole },
  unknown: { finds: "missing_there", there: () => [], cents: whole, keys: 1 },
  dearer: {
    finds: "other_sum",
    there: (line) => [{ ...line, money: `1${line.money}` }],
    cents: (amountMinor) => Number(`1${amountMinor}`) - amountMinor,
  },
  misnamed: {
    finds: "other_order",
    there: (line) => [{ ...line, orderId: "another" }],
    cents: whole,
    keys: 1,
  },
  repeated: { finds: "twice_there", there: (line) => [line, line], cents: whole },
  surplus: { finds: "other_state", here: "surplus", cents: whole },
  mismatch: { finds: "other_state", here: "mismatch", cents: whole },
  unfilled: { finds: null, here: "unfilled" },
};

const payments = fc.array(
  fc.record({
    fate: fc.constantFrom(...Object.keys(FATES)),
    amountMinor: fc.integer({ min: 100, max: 99_999 }),
  }),
  { maxLength: 25 },
);

describe("whatever befalls payments", () => {
  it("each is found as what it is; every cent of both books has its place; settled, none is open", async () => {
    await fc.assert(
      fc.asyncProperty(payments, fc.infiniteStream(fc.nat()), async (planned, shuffle) => {
        const run = newRun();
        const { accountId } = run;
        const world = planned.map(({ fate, amountMinor }, n) => {
          const tradeNo = `T-${run.id}-${n}`;
          const order = delivered(made * 1_000 + n);
          const money = { amountMinor, currency: "CNY" as const };
          const line = { tradeNo, orderId: order.id, money: formatDecimal(money), time: TIME };
          const {
            here = "delivered",
            there = (same) => [same],
            ...rest
          } = FATES[fate] ?? (FATES["fine"] as Fate);
          const payment = { accountId, tradeNo, money, source: "notice" as const, atMs: NOON_MS };
          const recorded = here === "no" ? [] : [{ ...payment, verdict: here }];
          return {
            ...rest,
            amountMinor,
            order: { ...order, payments: recorded },
            lines: there(line),
          };
        });
        await book.publish(
          world.map(({ order }) => order),
          NOON_MS,
        );
        const lines = world.flatMap((each) => each.lines);
        const mixed = lines
          .map((line) => ({ line, at: shuffle.next().value ?? 0 }))
          .toSorted((a, b) => a.at - b.at)
          .map(({ line }) => line);
        const { summary, findings } = await compared(run, mixed);

        const expected = world.flatMap(({ finds }) => finds ?? []);
        expect(findings.map(({ kind }) => kind).toSorted()).toEqual(expected.toSorted());
        expect(await unexplained(run)).toEqual({
          cents: world.reduce(
            (sum, { cents, amountMinor }) => sum + (cents?.(amountMinor) ?? 0),
            0,
          ),
          keys: world.reduce((sum, { keys }) => sum + (keys ?? 0), 0),
        });

        const minor = (of: "theirsMinor" | "oursMinor") =>
          findings.reduce((sum, each) => sum + (each[of] ?? 0), 0);
        const booked = world.flatMap(({ order }) => order.payments);
        const ours = booked.reduce((sum, { money }) => sum + money.amountMinor, 0);
        expect(summary.matchedMinor + minor("theirsMinor")).toBe(summary.grossMinor);
        expect(summary.matchedMinor + minor("oursMinor")).toBe(ours);

        for (const finding of findings) {
          const repair = { finding, how: "explain", note: "looked at", order: null } as const;
          await settleFinding({ ...unasked, statementReports: reports }, author, repair);
        }
        expect(await unexplained(run)).toEqual({ cents: 0, keys: 0 });
      }),
      { numRuns: 15 },
    );
  });
});

/** What an explanation has no business with. */
const unasked = {
  shopSettings: () => Promise.reject(new Error("asked")),
  paymentAccounts: { account: () => Promise.reject(new Error("asked")) },
  paymentOpenings: {
    find: () => Promise.reject(new Error("asked")),
    keep: () => Promise.reject(new Error("asked")),
  },
  stock: {
    of: () => {
      throw new Error("asked");
    },
  },
  notices: {
    keep: () => Promise.reject(new Error("asked")),
    keepLater: () => {
      throw new Error("asked");
    },
  },
  clock: ports.clock,
  settings: { publicOrigin: "https://shop.example.com" },
  audit: { append: () => Promise.reject(new Error("asked")) },
};

describe("a statement of many pages", () => {
  const ROWS = 4_500;
  const line = (n: number): EpayLine => ({
    tradeNo: `T-page-${n}`,
    orderId: delivered(500_000 + n).id,
    money: "1.00",
    time: TIME,
  });

  it("finds second rows across pages, of what both have and of what only it has", async () => {
    const run = newRun();
    const money = { amountMinor: 100, currency: "CNY" as const };
    const recorded = { accountId: run.accountId, money, source: "notice", atMs: NOON_MS } as const;
    const orders = Array.from({ length: ROWS }, (_, n) =>
      delivered(500_000 + n, {
        payments: [{ ...recorded, tradeNo: `T-page-${n}`, verdict: "delivered" }],
      }),
    );
    await book.publish(orders, NOON_MS);
    const lone = { ...line(0), tradeNo: "T-lone" };
    const all = Array.from({ length: ROWS }, (_, n) => line(n));
    const { summary, findings } = await compared(run, [
      lone,
      ...all,
      line(3),
      lone,
      line(ROWS - 1),
    ]);
    expect(findings.map(({ kind, tradeNo }) => [kind, tradeNo])).toEqual([
      ["missing_here", "T-lone"],
      ["twice_there", "T-page-3"],
      ["twice_there", "T-lone"],
      ["twice_there", `T-page-${ROWS - 1}`],
    ]);
    expect(summary).toMatchObject({ rows: ROWS + 4, matched: ROWS });
  });

  it("that breaks off leaves no report, and its second try is as the first", async () => {
    const run = newRun();
    async function* breaking() {
      yield* inPieces(epayFile(Array.from({ length: ROWS }, (_, n) => line(n))));
      throw new Error("the wire broke");
    }
    await expect(compareStatement(ports, author, run, breaking())).rejects.toThrow("wire");
    expect(await reports.byId(merchantId, run.id)).toBeNull();
    expect(await reports.found([run.id])).toEqual([]);
    const { findings } = await compared(run, [line(0)]);
    expect(findings.map(({ kind }) => kind)).toEqual(["missing_here"]);
  });
});

describe("refunds of ours beside a statement's", () => {
  const HEADINGS =
    "balance_transaction_id,created_utc,currency,gross,fee,reporting_category,source_id,payment_intent_id";
  const AT = "2026-11-24 04:00:00";

  async function comparedWith(lines: readonly string[], refunds: readonly Partial<Refund>[]) {
    const run = { ...newRun(), currency: "USD" as const, format: "stripe" as const };
    const { accountId } = run;
    const tradeNo = `pi_${made}`;
    const money = { amountMinor: 1000, currency: "USD" as const };
    const paid = { accountId, tradeNo, money, source: "notice", atMs: NOON_MS } as const;
    const order = delivered(900_000 + made, {
      payments: [{ ...paid, verdict: "delivered" }],
      refunds: refunds.map((changes, n) => ({
        id: `rfd_${made}_${n}` as RefundId,
        accountId,
        tradeNo,
        money: { amountMinor: 300, currency: "USD" },
        state: "done",
        method: "gateway",
        keys: "keep",
        reason: "",
        refundNo: null,
        refusal: null,
        askedAtMs: NOON_MS,
        settledAtMs: NOON_MS,
        orderWas: null,
        ...changes,
      })),
    });
    await book.publish([order], NOON_MS);
    const charge = `txn_0,${AT},usd,10.00,0.60,charge,ch_1,${tradeNo}`;
    const rows = lines.map(
      (ref, n) => `txn_${n + 1},${AT},usd,-3.00,0.00,refund,${ref},${tradeNo}`,
    );
    const text = [HEADINGS, charge, ...rows].join("\n");
    const result = await compareStatement(ports, author, run, inPieces(text));
    expect(result.ok).toBe(true);
    const query = { statementId: run.id, afterNumber: 0, limit: 100 };
    const found = await reports.findings(query);
    return found.map(({ kind, movement, refundRef }) => [kind, movement, refundRef]);
  }

  it("agree by the gateway's name or by ours, and a second row of one is found", async () => {
    expect(await comparedWith(["re_1"], [{ refundNo: "re_1" }])).toEqual([]);
    const ours = `rfd_${made + 1}_0`;
    expect(await comparedWith([ours], [{}])).toEqual([]);
    expect(await comparedWith(["re_1", "re_1"], [{ refundNo: "re_1" }])).toEqual([
      ["twice_there", "refund", "re_1"],
    ]);
  });

  it("that only one side has are found; by hand, asked for or refused, they are not the gateway's", async () => {
    expect(await comparedWith(["re_9"], [])).toEqual([["missing_here", "refund", "re_9"]]);
    const lone = await comparedWith([], [{ refundNo: "re_1" }]);
    expect(lone).toEqual([["missing_there", "refund", `rfd_${made}_0`]]);
    const others = [{ method: "hand" }, { state: "asked" }, { state: "refused" }] as const;
    expect(await comparedWith([], others)).toEqual([]);
  });
});

describe("what a page costs", () => {
  it("does not grow with what the account and its merchant have beside it", async () => {
    const run = newRun();
    const { accountId } = run;
    const filled = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)`;
    await env.DB.batch([
      env.DB.prepare(
        `${filled} INSERT INTO payments (account_id, trade_no, kind, refund_ref, order_id, merchant_id,
          amount_minor, currency, verdict, source, reported_at_ms)
        SELECT ?1, 'X' || i, 'payment', '', 'o' || i, ?2, 1, 'CNY', 'paid', 'notice', 0 FROM n`,
      ).bind(accountId, merchantId),
      env.DB.prepare(
        `${filled} INSERT INTO payment_notices (id, merchant_id, account_id, trade_no, order_ref,
          verdict, received_at_ms)
        SELECT 'ntc_x' || i, ?2, ?1, 'X' || i, 'o' || i, 'unmatched', 0 FROM n`,
      ).bind(accountId, merchantId),
    ]);
    const counted = new CountedDatabase(env.DB);
    const costly = makeStatements(drizzle(counted.database));
    const rows = Array.from({ length: 100 }, (_, n): StatementRow => ({
      kind: "payment",
      tradeNo: `X${n + 1}`,
      orderRef: null,
      refundRef: null,
      money: { amountMinor: 1, currency: "CNY" },
      receivedMinor: 1,
      feeMinor: 0,
      atMs: NOON_MS,
    }));
    const { money, noticed } = await costly.look(run, rows);
    expect([money.length, noticed.size]).toEqual([100, 100]);
    await costly.keep(run, { findings: [], seen: money, rowsDone: 100, place: null }, NOON_MS);
    expect(await costly.missingThere(run, null, 100)).toEqual([]);
    // Rows of the numbers, of their indexes and of the list itself, in each of six looks.
    expect(counted.rowsRead).toBeLessThan(3_000);
  });
});

describe("the copy of payments", () => {
  it("is filled from an order book that was there before it", async () => {
    const accountId = newRun().accountId;
    const money = { amountMinor: 100, currency: "CNY" as const };
    const payment = { accountId, money, source: "query", atMs: NOON_MS, verdict: "paid" } as const;
    const orders = [1, 2].map((n) =>
      delivered(700_000 + n, {
        payments: [
          { ...payment, tradeNo: `T-${n}` },
          { ...payment, tradeNo: `S-${n}`, verdict: "surplus" },
        ],
      }),
    );
    await book.publish(orders, NOON_MS);
    const all = env.DB.prepare("SELECT * FROM payments WHERE account_id = ? ORDER BY trade_no");
    const before = (await all.bind(accountId).all()).results;
    expect(before).toHaveLength(4);
    await env.DB.prepare("DELETE FROM payments WHERE account_id = ?").bind(accountId).run();
    const queries = env.TEST_MIGRATIONS.flatMap((migration) => migration.queries);
    const fill = queries.find((query) => query.includes("INSERT INTO `payments`")) ?? "";
    await env.DB.prepare(fill).run();
    expect((await all.bind(accountId).all()).results).toEqual(before);
  });
});
