import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { isCode } from "../../src/flows/buyers/email-codes.ts";
import type { Bindings } from "../../src/platform/bindings.ts";
import { depsFor } from "../../src/platform/deps.ts";
import { eventually } from "../support/worker/eventually.ts";
import { call, migrate, openShop, stockedProduct, type Shop } from "../support/worker/shop.ts";

/** Codes by mail, from the request to the mailbox: the real queue between them. */
let shop: Shop;
beforeAll(async () => {
  await migrate();
  shop = await openShop();
});

const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();

async function makeDrop(qualification = "email_code", title = "Drop Key") {
  const product = await stockedProduct(shop, [crypto.randomUUID()], { title });
  const body = {
    product_id: product.id,
    opens_at: inSeconds(3600),
    closes_at: inSeconds(7200),
    quantity: 1,
    policy: { qualification },
  };
  const { status, json } = await shop.admin("/drops", { body });
  expect(status).toBe(201);
  return json;
}

const ask = (dropId: string, body: unknown, headers: Record<string, string> = {}) =>
  call(`/api/v1/drops/${dropId}/codes`, { body, headers });
const mailsTo = async (to: string) =>
  (await call(`/dev/mail.json?to=${encodeURIComponent(to)}`)).json as { text: string }[];

describe("a code", () => {
  test("is mailed to whoever asks, and proves their address for that drop", async () => {
    const drop = await makeDrop();
    const email = "asks@example.com";
    const answer = await ask(drop.id, { email: " Asks@Example.com", locale: "en" });
    expect(answer).toMatchObject({ status: 202, json: { valid_seconds: 600 } });
    expect(answer.text).not.toMatch(/\d{6}|example/);

    const mail = await eventually(async () => (await mailsTo(email))[0]);
    expect(mail.text).toContain("Drop Key");
    const code = /^\d{6}$/m.exec(mail.text)?.[0] ?? "";
    const { vault } = depsFor(env as Bindings, {});
    expect(await isCode(vault, { dropId: drop.id, email, code }, Date.now())).toBe(true);
    const other = await makeDrop();
    expect(await isCode(vault, { dropId: other.id, email, code }, Date.now())).toBe(false);
  });

  test("is promised in the same words to everyone, however often they asked before", async () => {
    const drop = await makeDrop();
    const first = await ask(drop.id, { email: "again@example.com" });
    const second = await ask(drop.id, { email: "again@example.com" });
    expect(second.text).toBe(first.text);
  });

  test("is mailed to one mailbox five times in ten minutes, however it is written", async () => {
    const drop = await makeDrop();
    const statuses = [];
    for (const tag of ["", "+a", "+b", "+c", "+d", "+e"]) {
      statuses.push((await ask(drop.id, { email: `pestered${tag}@example.com` })).status);
    }
    expect(statuses).toEqual([202, 202, 202, 202, 202, 429]);
  });

  test("is not to be had for what is no drop, asks for none, or is no address", async () => {
    const open = await makeDrop("none");
    const refused = await ask(open.id, { email: "a@example.com" });
    expect(refused).toMatchObject({ status: 422, json: { code: "code_not_needed" } });
    for (const id of ["drop_00000000000000000000", "prd_1", "x".repeat(500), "%20"]) {
      expect((await ask(id, { email: "a@example.com" })).status).toBe(404);
    }
    const drop = await makeDrop();
    for (const body of [{}, { email: "nobody" }, { email: "a@example.com", code: "1" }, []]) {
      expect((await ask(drop.id, body)).status).toBe(400);
    }
  });
});
