import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { deliverMail } from "../../src/flows/mail/deliver-mail.ts";
import type { DeliveryId } from "../../src/domain/ids.ts";
import type { MailSender } from "../../src/flows/ports.ts";
import { depsFor } from "../../src/platform/deps.ts";
import { eventually } from "../support/worker/eventually.ts";
import { gatedDatabase } from "../support/worker/gated-database.ts";
import { isolate } from "../support/worker/isolate.ts";
import { keysNamed } from "../support/worker/notices.ts";
import {
  admin,
  call,
  getOrder,
  migrate,
  openShop,
  postOrder,
  sendNotice,
  stockedProduct,
  type Shop,
} from "../support/worker/shop.ts";

let shop: Shop;
let product: { id: string; slug: string };
let nowMs: number;

beforeAll(async () => {
  await migrate();
  shop = await openShop("switched");
  product = await stockedProduct(shop, keysNamed("switched", 60));
});

beforeEach(() => {
  nowMs = Date.now();
  vi.spyOn(Date, "now").mockImplementation(() => nowMs);
  for (const level of ["info", "warn", "error"] as const)
    vi.spyOn(console, level).mockReturnValue();
});
afterEach(async () => {
  const { json } = await admin("/switches");
  for (const { part } of json.data) await admin(`/switches/${part}`, { method: "DELETE" });
  vi.restoreAllMocks();
});

type Isolate = ReturnType<typeof isolate>;

function off(part: string, through: Partial<Isolate> = {}, until?: string) {
  return admin("/switches", { body: { part, reason: "a test", until }, ...through });
}

function look(through: Isolate, path = `/api/v1/products/${product.slug}?merchant=${shop.slug}`) {
  return call(path, { fetch: through.fetch });
}

function page(through: Isolate, path: string) {
  return call(path, { fetch: through.fetch, headers: { accept: "text/html" } });
}

describe("the operator's switches", () => {
  test("are listed with who, why and until when, and a part that was on is not found", async () => {
    const until = new Date(nowMs + 60_000).toISOString();
    expect((await off("mail", {}, until)).json).toMatchObject({ part: "mail", off: true });
    const { json } = await admin("/switches");
    expect(json.data).toMatchObject([{ part: "mail", reason: "a test", set_by: "operator" }]);
    nowMs += 60_001;
    expect((await admin("/switches")).json.data).toMatchObject([{ part: "mail", off: false }]);
    expect((await admin("/switches/orders", { method: "DELETE" })).status).toBe(404);
  });

  test.each([
    ["an unknown part", { part: "everything", reason: "x" }],
    ["no reason", { part: "mail", reason: "" }],
    ["a gateway that is no name", { part: "gateway:../x", reason: "x" }],
  ])("refuse %s", async (_, body) => {
    const { status, json } = await admin("/switches", { body });
    expect([status, json.code]).toEqual([400, "invalid_body"]);
  });

  test("are no merchant's", async () => {
    const { json } = await shop.admin("/tokens", {
      body: { name: "all of mine", scopes: ["settings:write"] },
    });
    expect((await admin("/switches", { token: json.token })).status).toBe(403);
  });
});

describe("a shop that is closed", () => {
  test("says so to programs and people, while what was sold goes on: page, notice, key", async () => {
    const through = isolate();
    const placed = await postOrder(shop, product.id, {}, undefined, through);
    expect(placed.status).toBe(201);
    await off("shop");
    nowMs += 2_600;
    for (let n = 0; n < 2; n++) {
      const { status, json, headers } = await look(through);
      expect([status, json.code]).toEqual([503, "shop_closed"]);
      expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
    }
    const refused = await postOrder(shop, product.id, {}, undefined, through);
    expect([refused.status, refused.json.code]).toEqual([503, "shop_closed"]);
    const home = await page(through, "/");
    expect([home.status, home.headers.get("content-type")]).toEqual([
      503,
      "text/html; charset=utf-8",
    ]);
    expect(home.headers.get("x-request-id")).toMatch(/^req_/);

    expect((await sendNotice(shop, placed.json, {}, through)).text).toBe("success");
    const order = await getOrder(placed.json, through);
    expect([order.json.state, order.json.keys.length]).toEqual(["delivered", 1]);
    expect((await page(through, "/lookup")).status).toBe(200);
    expect((await call("/healthz", through)).status).toBe(200);

    await admin("/switches/shop", { method: "DELETE" });
    nowMs += 2_600;
    await look(through);
    expect((await look(through)).status).toBe(200);
  });

  test("opens by itself when the time is past", async () => {
    const through = isolate();
    await off("shop", through, new Date(nowMs + 10_000).toISOString());
    expect((await look(through)).status).toBe(503);
    nowMs += 10_001;
    expect((await look(through)).status).toBe(200);
  });

  test("stays as it was last known while D1 is down; an isolate that never knew is open", async () => {
    const gate = { now: (): Promise<void> => Promise.resolve() };
    const knows = isolate({ DB: gatedDatabase(env.DB, () => gate.now()) });
    await off("shop", knows);
    expect((await look(knows)).status).toBe(503);
    gate.now = () => Promise.reject(new Error("D1_ERROR: Network connection lost."));
    nowMs += 60_000;
    expect((await look(knows)).json.code).toBe("shop_closed");
    const cold = isolate({ DB: gatedDatabase(env.DB, () => gate.now()) });
    expect((await look(cold)).json.code).toBe("busy");
  });
});

describe("single parts", () => {
  test("orders off: the catalogue stays, a new order is told to come back, a placed one is paid", async () => {
    const through = isolate();
    const placed = await postOrder(
      shop,
      product.id,
      { email: "p@example.com" },
      undefined,
      through,
    );
    await off("orders", through);
    expect((await look(through)).status).toBe(200);
    const refused = await postOrder(shop, product.id, {}, undefined, through);
    expect([refused.status, refused.json.code]).toEqual([503, "orders_paused"]);
    expect((await sendNotice(shop, placed.json, {}, through)).text).toBe("success");
  });

  test("a gateway off: its method is not offered, and an order with it is refused", async () => {
    const through = isolate();
    expect((await look(through)).json.payment_methods).toHaveLength(1);
    await off("gateway:epay", through);
    nowMs += 5_000;
    await look(through);
    expect((await look(through)).json.payment_methods).toEqual([]);
    const refused = await postOrder(shop, product.id, {}, undefined, through);
    expect([refused.status, refused.json.code]).toEqual([422, "payment_method_unavailable"]);
  });

  test("a method off by its merchant: the same", async () => {
    const mine = await openShop();
    const own = await stockedProduct(mine, ["mine"]);
    const through = isolate();
    const body = { switches: { payment_methods_off: ["epay"] } };
    const headers = { "if-match": '"0"' };
    await mine.admin("/settings", { method: "PATCH", headers, body, ...through });
    const refused = await postOrder(mine, own.id, {}, undefined, through);
    expect([refused.status, refused.json.code]).toEqual([422, "payment_method_unavailable"]);
  });

  test("challenge off: nobody is asked for a proof, and on again they are", async () => {
    const mine = await openShop();
    const own = await stockedProduct(mine, ["proved", "unproved"]);
    const through = isolate();
    const body = { risk: { challenge_at: 0, deny_at: "never" } };
    await mine.admin("/settings", {
      method: "PATCH",
      headers: { "if-match": '"0"' },
      body,
      ...through,
    });
    const order = () => postOrder(mine, own.id, {}, undefined, through);
    expect((await order()).json.code).toBe("challenge_required");
    await off("challenge", through);
    nowMs += 5_000;
    await look(through);
    expect((await order()).status).toBe(201);
    await admin("/switches/challenge", { method: "DELETE", ...through });
    nowMs += 5_000;
    await look(through);
    expect((await order()).json.code).toBe("challenge_required");
  });

  test("mail off: a delivery waits, without an attempt, and is sent when it is on", async () => {
    const through = isolate();
    const sent: string[] = [];
    const deps = depsFor(through.bindings, {
      mailSenders: () => [
        {
          name: "post",
          send: async ({ id }) => {
            sent.push(id);
            return { kind: "sent", messageId: id };
          },
        },
      ],
    });
    await off("mail", through);
    const id = "dlv_of-nobody" as DeliveryId;
    expect(await deliverMail(deps, id, nowMs)).toEqual({ kind: "waiting" });
    await admin("/switches/mail", { method: "DELETE", ...through });
    expect(await deliverMail(deps, id, nowMs)).toEqual({ kind: "not_due" });
    expect(sent).toEqual([]);
  });

  test("mail off by a merchant: theirs wait without an attempt, others' go, and theirs go when it is on", async () => {
    const through = isolate();
    const send: MailSender["send"] = async ({ to }) => ({ kind: "sent", messageId: to });
    const deps = depsFor(through.bindings, { mailSenders: () => [{ name: "post", send }] });
    const switchMail = async (owner: Shop, version: number, mail: boolean) =>
      owner.admin("/settings", {
        method: "PATCH",
        headers: { "if-match": `"${version}"` },
        body: { switches: { mail } },
        ...through,
      });
    const quiet = await openShop();
    const loud = await openShop();
    expect((await switchMail(quiet, 0, false)).json.switches.mail).toBe(false);
    const mailOf = async (owner: Shop) => {
      const own = await stockedProduct(owner, [`key of ${owner.slug}`]);
      const placed = await postOrder(owner, own.id, {}, undefined, through);
      await sendNotice(owner, placed.json, {}, through);
      return () => eventually(async () => (await deps.deliveries.ofOrder(placed.json.id))[0]);
    };
    const [waits, goes] = [await mailOf(quiet), await mailOf(loud)];
    const later = nowMs + 3_600_000;
    const { id } = await waits();
    const { merchantId, orderId, purpose, ...sent } = await goes();
    await deliverMail(deps, sent.id, later);
    const again = await deps.deliveries.addRound({ merchantId, orderId, purpose }, nowMs);
    const due = await deps.deliveries.due(later, 1_000);
    expect([due.includes(id), due.includes(again)]).toEqual([false, true]);
    expect((await deliverMail(deps, again, later)).kind).toBe("sent");
    await deliverMail(deps, (await goes()).id, later);
    expect((await goes()).state).toBe("sent");
    expect(await deliverMail(deps, id, later)).toEqual({ kind: "not_due" });
    expect(await waits()).toMatchObject({ state: "queued", attempts: 0 });
    expect(await deps.deliveries.due(later, 100)).not.toContain(id);

    await switchMail(quiet, 1, true);
    expect(await deps.deliveries.due(later, 100)).toContain(id);
    expect((await deliverMail(deps, id, later)).kind).toBe("sent");
  });
});
