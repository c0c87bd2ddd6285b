import { beforeAll, expect, inject, test } from "vitest";
import { env } from "cloudflare:workers";
import { call, EPAY, epayAccount, migrate, openShop, type Shop } from "../support/worker/shop.ts";

/** Accounts whose gateways are real servers: one that behaves, and some that do not. */
let shop: Shop;

beforeAll(async () => {
  await migrate();
  shop = await openShop();
});

let accounts = 0;
async function tested(changes: Record<string, unknown>) {
  const body = epayAccount({ slug: `tested-${++accounts}`, ...changes });
  const made = await shop.admin("/payment-accounts", { body });
  expect(made.status).toBe(201);
  const path = `/payment-accounts/${made.json.id}/self-test`;
  const answer = await shop.admin(path, { method: "POST" });
  return { answer, path, id: made.json.id as string };
}

const outcomes = (steps: { step: string; outcome: string; detail: string | null }[]) =>
  Object.fromEntries(steps.map(({ step, outcome, detail }) => [step, detail ?? outcome]));

const epusdt = (manner: string) => ({
  gateway: "epusdt",
  credentials: {
    api_token: "a-token-of-length",
    gateway_url: `${inject("rudeGateway")}/${manner}/`,
  },
});

test("a gateway that is opened by a call and answers passes each step that there is", async () => {
  const { answer, id } = await tested({ ...epusdt("epusdt"), limits: { min_minor: 500 } });
  expect(answer.status).toBe(200);
  expect(answer.json).toMatchObject({
    reference: expect.stringMatching(/^tst_[0-9a-z]{28}$/),
    amount: { amount_minor: 500, currency: "CNY" },
  });
  expect(outcomes(answer.json.steps)).toMatchObject({
    notify_address: `https://shop.test/payments/${id}/notify`,
    own_signature: "skipped",
    address: "passed",
    open: "passed",
  });
});

test.each([
  ["error-500", { address: "passed", answer: "status", open: "status" }],
  ["html", { address: "passed", answer: "not_understood", open: "not_understood" }],
  ["drop", { address: "network", answer: "skipped", open: "network" }],
  ["redirect-302", { address: "passed", answer: "redirect", open: "redirect" }],
])("a gateway that answers %s fails where it fails, and no further", async (manner, found) => {
  const { answer } = await tested(epusdt(manner));
  expect(answer.json.passed).toBe(false);
  expect(outcomes(answer.json.steps)).toMatchObject(found);
  for (const { outcome, words } of answer.json.steps) {
    // A person reads a sentence wherever something failed, and nowhere else.
    expect(words === null).toBe(outcome !== "failed");
    if (words !== null) expect(words).toMatch(/^[A-Z].* .*\.$/);
  }
});

test("a gateway that is opened without a call has its signature held against itself", async () => {
  const { answer } = await tested({
    credentials: { ...EPAY, gateway_url: `${inject("rudeGateway")}/html/` },
  });
  expect(outcomes(answer.json.steps)).toMatchObject({ own_signature: "passed", open: "passed" });
});

test("by hand there is nothing to call, and nothing fails", async () => {
  const { answer } = await tested({
    gateway: "manual",
    credentials: { instructions: "Pay here." },
  });
  expect(answer.json.passed).toBe(true);
  expect(outcomes(answer.json.steps)).toMatchObject({ address: "skipped", query: "skipped" });
});

test("makes no order, keeps no opening, says no secret, and stands in the audit log", async () => {
  const secret = "a-very-secret-key-of-this-test";
  const credentials = { ...EPAY, key: secret, gateway_url: `${inject("rudeGateway")}/html/` };
  const { answer, id } = await tested({ credentials });
  expect(answer.text).not.toContain(secret);
  const openings = await env.DB.prepare(
    "SELECT count(*) AS n FROM payment_openings WHERE account_id = ?",
  )
    .bind(id)
    .first<{ n: number }>();
  expect(openings?.n).toBe(0);
  const { json: log, text } = await shop.admin("/audit-log");
  expect(text).not.toContain(secret);
  expect(log.data[0]).toMatchObject({ action: "payment_account.self_test", subject: id });
});

test("is for those who may write payments, of their own accounts, and not too often", async () => {
  const { path } = await tested({
    credentials: { ...EPAY, gateway_url: `${inject("rudeGateway")}/html/` },
  });
  expect((await call(`/admin/api/v1${path}`, { method: "POST" })).status).toBe(401);
  const other = await openShop();
  expect((await other.admin(path, { method: "POST" })).status).toBe(404);
  const answers = [];
  // One after the other: the sixth in five minutes is one too many.
  for (let n = 0; n < 5; n++) answers.push((await shop.admin(path, { method: "POST" })).status);
  expect(answers).toEqual([200, 200, 200, 200, 429]);
});
