import { beforeAll, describe, expect, test } from "vitest";
import { Metrics } from "../../src/platform/metrics.ts";
import { isolate } from "../support/worker/isolate.ts";
import {
  call,
  migrate,
  OPERATOR,
  openShop,
  placeOrder,
  postOrder,
  sendNotice,
  stockedProduct,
  type Shop,
} from "../support/worker/shop.ts";

let shop: Shop;

beforeAll(async () => {
  await migrate();
  shop = await openShop();
});

async function counted(through: Pick<ReturnType<typeof isolate>, "fetch">): Promise<string> {
  const { status, text } = await call("/metrics", { token: OPERATOR, ...through });
  expect(status).toBe(200);
  return text;
}

describe("GET /metrics", () => {
  test.each([
    ["nobody", null],
    ["a stranger", "kdm_not-the-operator"],
    ["an empty token", ""],
  ])("tells %s nothing", async (_, token) => {
    const { status, json } = await call("/metrics", { token });
    expect([status, json.code]).toEqual([401, "unauthorized"]);
  });

  test("counts orders by outcome, notices by verdict and answers by kind of address", async () => {
    const through = isolate();
    const product = await stockedProduct(shop, ["one-key"]);
    const order = await postOrder(shop, product.id, {}, undefined, through);
    await postOrder(shop, product.id, { email: "late@example.com" }, undefined, through);
    await sendNotice(shop, order.json, {}, through);
    await sendNotice(shop, order.json, {}, through);
    const text = await counted(through);
    expect(text).toContain('kamidrop_orders_total{outcome="placed"} 1\n');
    expect(text).toContain('kamidrop_orders_total{outcome="sold_out"} 1\n');
    expect(text).toContain('kamidrop_notices_total{verdict="delivered"} 1\n');
    expect(text).toContain('kamidrop_requests_total{route="api_place_order",status="2xx"} 1\n');
    expect(text).toContain('kamidrop_requests_total{route="api_place_order",status="4xx"} 1\n');
    expect(text).toContain('kamidrop_request_seconds_count{route="notices"} 2\n');
  });

  test("answers without asking D1 or any object", async () => {
    const nothing = new Proxy({} as D1Database, {
      get: () => () => {
        throw new Error("nobody is to be asked");
      },
    });
    expect(await counted(isolate({ DB: nothing }))).toContain("# EOF");
  });

  test("names no buyer, key, token or address of a shop", async () => {
    const through = isolate();
    const product = await stockedProduct(shop, ["SECRET-KEY-1"]);
    const order = await placeOrder(shop, product.id, { email: "private@example.com" });
    await call(`/orders/${order.id}?token=${order.access_token}`, through);
    await call("/p/<script>-nobody", through);
    const text = await counted(through);
    for (const secret of ["private@", "SECRET-KEY", order.id, order.access_token, "script"]) {
      expect(text).not.toContain(secret);
    }
  });
});

describe("the text", () => {
  test("is OpenMetrics: each family is typed once, samples follow their family, EOF ends it", () => {
    const metrics = new Metrics();
    metrics.count("orders", 'a "quoted"\\one');
    metrics.observe("request_seconds", 0.2);
    metrics.observe("request_seconds", 100);
    metrics.watch("line_length", () => [{ value: 3 }]);
    const lines = metrics.text().split("\n");
    expect(lines.at(-2)).toBe("# EOF");
    expect(lines).toContain(String.raw`kamidrop_orders_total{outcome="a \"quoted\"\\one"} 1`);
    expect(lines).toContain("kamidrop_line_length 3");
    let family = "";
    for (const line of lines.slice(0, -2)) {
      const [, name] = /^# TYPE (\w+) (?:counter|gauge|histogram)$/.exec(line) ?? [];
      if (name !== undefined) family = name;
      else expect(line.startsWith(family) || line.startsWith(`# HELP ${family} `)).toBe(true);
    }
    const typed = lines.filter((line) => line.startsWith("# TYPE"));
    expect(new Set(typed).size).toBe(typed.length);
  });

  test("a histogram's buckets never fall, and the last holds everything", () => {
    const metrics = new Metrics();
    for (const seconds of [0, 0.005, 0.3, 0.3, 7, 1_000]) {
      metrics.observe("request_seconds", seconds, "notices");
    }
    const buckets = [
      ...metrics.text().matchAll(/_bucket\{route="notices",le="[^"]+"\} (\d+)/g),
    ].map(asNumber);
    expect(buckets).toEqual(buckets.toSorted((a, b) => a - b));
    expect([buckets[0], buckets.at(-2), buckets.at(-1)]).toEqual([2, 5, 6]);
    expect(metrics.text()).toContain('kamidrop_request_seconds_count{route="notices"} 6');
  });

  test("however many labels come, there are so many series and nothing is lost", () => {
    const metrics = new Metrics();
    for (let n = 0; n < 10_000; n++) metrics.count("orders", `outcome-${n}`);
    const counts = [...metrics.text().matchAll(/^kamidrop_orders_total\S* (\d+)$/gm)].map(asNumber);
    expect(counts.length).toBeLessThan(100);
    expect(counts.reduce((sum, one) => sum + one, 0)).toBe(10_000);
  });
});

function asNumber([, digits]: RegExpMatchArray): number {
  return Number(digits);
}
