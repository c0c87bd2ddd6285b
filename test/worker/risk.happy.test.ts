import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { formOf, Visitor } from "../support/worker/pages.ts";
import { from, setRisk } from "../support/worker/risk.ts";
import { migrate, openShop, postOrder, stockedProduct, type Shop } from "../support/worker/shop.ts";

let shop: Shop;
let product: { id: string; slug: string };

beforeAll(async () => {
  await migrate();
  shop = await openShop("demo");
  const keys = Array.from({ length: 60 }, (_, n) => `KEY-${n}`);
  product = await stockedProduct(shop, keys, { slug: "weighed", limits: { holds: null } });
});

beforeEach(() => setRisk(shop, null));

const riskOf = async (id: string) => (await shop.admin(`/orders/${id}`)).json.risk;
let orders = 0;
/** An order of somebody new, but for what is given. */
async function order(changes: { email?: string; address?: string; key?: string } = {}) {
  const n = ++orders;
  const { email = `new-${n}@example.com`, address = `198.51.100.${n}`, key } = changes;
  const placed = await postOrder(shop, product.id, { email }, key, from({ address }));
  return { status: placed.status, id: placed.json.id as string, code: placed.json.code as string };
}

it("an ordinary order is weighed and nothing is found: no reason is kept with it", async () => {
  const { status, id } = await order();
  expect(status).toBe(201);
  expect(await riskOf(id)).toBeNull();
});

describe("the shop remembers of orders", () => {
  it("how many one mailbox has tried, under whatever name, and what that weighed", async () => {
    await setRisk(shop, { email_velocity: { over: 2, each: 7, most: 20 } });
    const tried = [];
    for (const tag of ["", "+a", "+b", "+c", "+d", "+e"]) {
      tried.push(await order({ email: `fast${tag}@example.com` }));
    }
    const scores = await Promise.all(tried.map(async ({ id }) => (await riskOf(id))?.score ?? 0));
    expect(scores).toEqual([0, 0, 7, 14, 20, 20]);
    const last = await riskOf(tried.at(-1)?.id ?? "");
    expect(last.reasons).toEqual([
      { code: "email_velocity", weight: 20, evidence: { count: expect.any(Number), over: 2 } },
    ]);
  });

  it("how many one network has tried, whatever the mailbox", async () => {
    const networkVelocity = { over: 2, each: 50, most: 200 };
    const rules = { network_velocity: networkVelocity, challenge_at: "never", deny_at: 100 };
    await setRisk(shop, rules);
    const statuses = [];
    for (let n = 0; n < 5; n++) statuses.push((await order({ address: "203.0.113.50" })).status);
    expect(statuses).toEqual([201, 201, 201, 403, 403]);
    expect((await order({ address: "203.0.113.51" })).status).toBe(201);
  });

  it("an order once, however often its request is repeated", async () => {
    await setRisk(shop, { email_velocity: { over: 1, each: 100, most: 100 }, deny_at: 100 });
    const same = { email: "patient@example.com", key: "the-same-request-again" };
    const ids = [];
    for (let n = 0; n < 5; n++) ids.push((await order(same)).id);
    expect(new Set(ids).size).toBe(1);
    expect((await order({ email: same.email, key: "another-request-now" })).code).toBe(
      "risk_denied",
    );
    // Whoever is denied by now still gets what they have.
    expect((await order(same)).id).toBe(ids[0]);
  });

  it("one browser by its cookie, whatever it types", async () => {
    await setRisk(shop, { device_velocity: { over: 2, each: 100, most: 100 }, deny_at: 100 });
    const visitor = new Visitor();
    const submit = async (email: string) => {
      const form = formOf(await visitor.get("/checkout/weighed"));
      return (await visitor.post("/checkout/weighed", { ...form, email })).status;
    };
    const statuses = [];
    for (const name of ["a", "b", "c"]) statuses.push(await submit(`${name}@browser.example`));
    expect(statuses).toEqual([303, 303, 403]);
    const other = new Visitor();
    const form = formOf(await other.get("/checkout/weighed"));
    const placed = await other.post("/checkout/weighed", { ...form, email: "d@browser.example" });
    expect(placed.status).toBe(303);
  });

  it("where a buyer was before", async () => {
    const ask = (country: string, key: string) =>
      postOrder(shop, product.id, { email: "traveller@example.com" }, key, from({ country }));
    await ask("CN", "the-first-from-china-0001");
    const moved = await ask("BR", "then-from-brazil-000001");
    expect((await riskOf(moved.json.id)).reasons).toEqual([
      { code: "country_changed", weight: 20, evidence: { country: "BR", before: "CN" } },
    ]);
  });
});

it("several signals add up, each with its reason, the heaviest first", async () => {
  await setRisk(shop, { expected_countries: ["CN"], deny_at: "never", challenge_at: "never" });
  const through = from({ address: "198.51.100.250", country: "US", asn: 64_500 });
  const email = "sum@mailinator.com";
  const { json } = await postOrder(shop, product.id, { email }, undefined, through);
  const risk = await riskOf(json.id);
  expect(risk).toMatchObject({ outcome: "allow", score: 60 });
  expect(risk.reasons.map(({ code }: { code: string }) => code).toSorted()).toEqual([
    "country_unexpected",
    "disposable_mail",
  ]);
});
