import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Mail, MailSender } from "../../src/flows/ports.ts";
import { depsFor } from "../../src/platform/deps.ts";
import { makeWorker } from "../../src/platform/worker.ts";
import { gatedDatabase } from "../support/worker/gated-database.ts";
import { isolate } from "../support/worker/isolate.ts";
import { keysNamed } from "../support/worker/notices.ts";
import {
  call,
  migrate,
  OPERATOR,
  openShop,
  postOrder,
  stockedProduct,
  type Shop,
} from "../support/worker/shop.ts";

/** What an isolate does by itself when something that it needs is down. */
let shop: Shop;
let nowMs: number;

beforeAll(async () => {
  await migrate();
  shop = await openShop();
});

beforeEach(() => {
  nowMs = Date.now();
  vi.spyOn(Date, "now").mockImplementation(() => nowMs);
  for (const level of ["info", "warn", "error"] as const)
    vi.spyOn(console, level).mockReturnValue();
});
afterEach(() => vi.restoreAllMocks());

const down = (): Promise<void> => Promise.reject(new Error("D1_ERROR: Network connection lost."));

/** An isolate whose D1 may be down; counts what it is asked. */
function gated() {
  const gate = { now: (): Promise<void> => Promise.resolve(), asked: 0 };
  const through = isolate({
    DB: gatedDatabase(env.DB, () => {
      gate.asked++;
      return gate.now();
    }),
  });
  return { gate, through };
}

async function breakers(through: ReturnType<typeof isolate>) {
  const { json } = await call("/readyz", through);
  return json.checks.find(({ name }: { name: string }) => name === "breakers");
}

describe("while D1 is down", () => {
  test("a warm isolate stops asking it after some calls, sells from memory, and finds out that it is back", async () => {
    const { gate, through } = gated();
    const product = await stockedProduct(shop, keysNamed("asked-no-more", 60));
    let buyer = 0;
    const orderAfter = async (ms: number) => {
      nowMs += ms;
      const email = `buyer-${++buyer}@example.com`;
      return (await postOrder(shop, product.id, { email }, undefined, through)).status;
    };
    expect(await orderAfter(0)).toBe(201);
    gate.now = down;
    for (let n = 0; n < 20; n++) expect(await orderAfter(1_200)).toBe(201);
    const { metrics } = depsFor(through.bindings, {});
    expect(metrics.text()).toMatch(/kamidrop_breaker_opened_total\{dependency="database"\} [1-9]/);
    expect(metrics.text()).toMatch(
      /kamidrop_breaker_refusals_total\{dependency="database"\} [1-9]/,
    );
    gate.now = () => Promise.resolve();
    for (let n = 0; n < 10; n++) expect(await orderAfter(15_000)).toBe(201);
    expect(await breakers(through)).toMatchObject({ ok: true, open: "" });
  });

  test("what is not remembered is refused at once with when to come back, and D1 is spared", async () => {
    const { gate, through } = gated();
    gate.now = down;
    const look = (n: number) =>
      call(`/api/v1/products/unknown-${n}?merchant=${shop.slug}`, through);
    for (let n = 0; n < 12; n++) expect((await look(n)).status).toBe(503);
    const before = gate.asked;
    for (let n = 100; n < 150; n++) {
      const { status, json, headers } = await look(n);
      expect([status, json.code]).toEqual([503, "busy"]);
      expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
    }
    expect(gate.asked).toBe(before);
    expect(await breakers(through)).toMatchObject({ ok: false, open: "database" });
    expect((await call("/metrics", { token: OPERATOR, ...through })).text).toContain(
      'kamidrop_breaker_state{dependency="database"} 2',
    );
  });
});

describe("a rush of orders", () => {
  test("is refused on arrival in the words of a full line, and nothing else of the shop is", async () => {
    const through = isolate();
    const { earlyRefusal } = depsFor(through.bindings, {});
    vi.spyOn(earlyRefusal, "refuses").mockReturnValue(true);
    const product = await stockedProduct(shop, ["one"]);
    const { status, json, headers } = await postOrder(shop, product.id, {}, undefined, through);
    expect([status, json.code]).toEqual([503, "busy"]);
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
    expect(headers.get("x-request-id")).toBe(json.request_id);
    const path = `/api/v1/products/${product.slug}?merchant=${shop.slug}`;
    expect((await call(path, through)).status).toBe(200);
    const unknown = await call("/api/v1/orders/ord_none/cancel", { method: "POST", ...through });
    expect(unknown.status).not.toBe(503);
  });
});

describe("while a mail sender is down", () => {
  const mail: Mail = { id: "dlv_x" as Mail["id"], to: "a@b.c", subject: "", text: "", html: "" };

  /** The senders as the shop uses them; the first has been down for as long as it takes. */
  async function afterFailures(reason: string) {
    const tried = { first: 0, second: 0 };
    const first: MailSender = {
      name: "first",
      send: async () => {
        tried.first++;
        return { kind: "refused", permanent: false, reason };
      },
    };
    const second: MailSender = {
      name: "second",
      send: async ({ id }) => {
        tried.second++;
        return { kind: "sent", messageId: id };
      },
    };
    const through = isolate();
    const deps = depsFor(through.bindings, { mailSenders: () => [first, second] });
    for (let n = 0; n < 10; n++) await deps.mailSenders[0]?.send(mail);
    return { tried, deps, through };
  }

  test("it is passed over without a try, is named in readiness without failing it, and is tried again later", async () => {
    const { tried, deps, through } = await afterFailures("connection timed out");
    expect(tried.first).toBe(4);
    expect(await deps.mailSenders[0]?.send(mail)).toMatchObject({ reason: "breaker_open" });
    expect(await deps.mailSenders[1]?.send(mail)).toMatchObject({ kind: "sent" });
    expect(await breakers(through)).toMatchObject({ ok: true, open: "mail:first" });
    nowMs += 60_000;
    await deps.mailSenders[0]?.send(mail);
    expect(tried.first).toBe(5);
  });

  test("a setting that is wrong opens nothing: the merchant reads what is wrong with it", async () => {
    const { tried, deps } = await afterFailures("misconfigured: SMTP_URL is missing");
    expect(tried.first).toBe(10);
    expect(await deps.mailSenders[0]?.send(mail)).toMatchObject({
      reason: "misconfigured: SMTP_URL is missing",
    });
  });
});

describe("a bug in the Worker itself", () => {
  const throws = () => {
    throw new TypeError("x is undefined");
  };
  const worker = makeWorker({
    mount: (app) => app.get("/p/bug", throws).get("/api/v1/bug", throws),
  });
  const look = (path: string) =>
    call(path, { fetch: isolate({}, worker).fetch, headers: { accept: "text/html" } });

  test("is the page from the files for a person, which needs nothing of ours, with the number of the log", async () => {
    const logged = vi.spyOn(console, "error").mockReturnValue();
    const page = await look("/p/bug");
    expect(page.status).toBe(503);
    expect(page.text).toContain("Back in a moment");
    expect(page.text).not.toContain("x is undefined");
    const number = page.headers.get("x-request-id") ?? "none";
    expect(JSON.stringify(logged.mock.calls)).toContain(number);
  });

  test("is a problem for a program, whatever it accepts", async () => {
    const answer = await look("/api/v1/bug");
    expect([answer.status, answer.json.code]).toEqual([500, "internal"]);
  });
});
