import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { encoded } from "../support/worker/epay-merchant.ts";
import {
  keysNamed,
  notify,
  openAccount,
  paidFields,
  readOrder,
  shownFor,
} from "../support/worker/notices.ts";
import {
  EPAY,
  migrate,
  openShop,
  placeOrder,
  stockedProduct,
  type Shop,
} from "../support/worker/shop.ts";

let shop: Shop;
let rival: Shop;
let product: { id: string };
beforeAll(async () => {
  await migrate();
  shop = await openShop();
  rival = await openShop();
  product = await stockedProduct(shop, keysNamed("guarded-key", 60));
});

/** What a person is asked to look at. */
async function rows(): Promise<number> {
  const count = "SELECT count(*) AS n FROM payment_notices WHERE attention = 1";
  return (await env.DB.prepare(count).first<number>("n")) ?? 0;
}

describe("a forged notice", () => {
  test.each([
    ["without a signature", (query: string) => query.replace(/&sign=[0-9a-f]+/, "")],
    ["with an empty signature", (query: string) => query.replace(/&sign=[0-9a-f]+/, "&sign=")],
    ["with sign[]=", (query: string) => query.replace("&sign=", "&sign[]=")],
    ["with sign[]= encoded", (query: string) => query.replace("&sign=", "&sign%5B%5D=")],
    ["with the signature twice", (query: string) => `${query}&sign=x`],
    [
      "with another sum after signing",
      (query: string) => query.replace("money=10.00", "money=0.01"),
    ],
    ["with the sum twice", (query: string) => `${query}&money=10.00`],
    ["with sign_type=RSA", (query: string) => query.replace("sign_type=MD5", "sign_type=RSA")],
    [
      "with a signature of zeros",
      (query: string) => query.replace(/sign=[0-9a-f]+/, `sign=${"0".repeat(32)}`),
    ],
  ])("%s is told fail, grants nothing and asks nobody to look", async (_, forge) => {
    const order = await placeOrder(shop, product.id);
    const before = await rows();
    const query = forge(encoded(await paidFields(order.id)));
    expect(await notify(shop.accountId, query)).toBe("400 fail");
    expect(await readOrder(order)).toEqual({ state: "pending", secrets: [] });
    expect(await rows()).toBe(before);
    // And it has not stood in the way of the true one.
    expect(await notify(shop.accountId, await paidFields(order.id))).toBe("200 success");
    expect((await readOrder(order)).state).toBe("delivered");
  });

  test("signed with the key of another account of the same merchant is told fail", async () => {
    await openAccount(shop, "another", "another-key");
    const order = await placeOrder(shop, product.id);
    const fields = await paidFields(order.id, {}, "another-key");
    expect(await notify(shop.accountId, fields)).toBe("400 fail");
    expect((await readOrder(order)).state).toBe("pending");
  });

  test("in a flood is never limited, so the genuine one comes through", async () => {
    const order = await placeOrder(shop, product.id);
    const flood = Array.from({ length: 200 }, (_, i) =>
      notify(shop.accountId, `sign=${i}&out_trade_no=${order.id}`),
    );
    const genuine = notify(shop.accountId, await paidFields(order.id));
    expect(new Set(await Promise.all(flood))).toEqual(new Set(["400 fail"]));
    expect(await genuine).toBe("200 success");
    expect((await readOrder(order)).state).toBe("delivered");
  });
});

describe("another's money", () => {
  test("a rival's genuine notice cannot pay this merchant's order", async () => {
    const order = await placeOrder(shop, product.id);
    const fields = await paidFields(order.id);
    expect(await notify(rival.accountId, fields)).toBe("200 success");
    expect((await readOrder(order)).state).toBe("pending");
    expect(await shownFor(rival, order.id)).toMatchObject([{ verdict: "unmatched" }]);
    expect(await shownFor(shop, order.id)).toEqual([]);
  });

  test("a notice for another pid, signed rightly, grants nothing and is shown", async () => {
    const order = await placeOrder(shop, product.id);
    const fields = await paidFields(order.id, { pid: "1002" });
    expect(await notify(shop.accountId, fields)).toBe("400 fail");
    expect((await readOrder(order)).state).toBe("pending");
    const shown = await shownFor(shop, order.id);
    expect(shown).toMatchObject([{ verdict: "refused_account", amount_minor: null }]);
  });
});

describe("what is told of a notice", () => {
  test("the log has ids and verdicts, and nothing that the notice or the account says", async () => {
    const lines: string[] = [];
    const spies = (["info", "warn", "error", "log"] as const).map((level) =>
      vi.spyOn(console, level).mockImplementation((...words: unknown[]) => {
        lines.push(words.map(String).join(" "));
      }),
    );
    const order = await placeOrder(shop, product.id);
    const fields = await paidFields(order.id, { param: "a-private-word" });
    await notify(shop.accountId, fields);
    await notify(shop.accountId, encoded(fields).replace("money=10.00", "money=99.00"));
    const short = await placeOrder(shop, product.id, { email: "short@example.com" });
    await notify(shop.accountId, await paidFields(short.id, { money: "9.99" }));
    for (const spy of spies) spy.mockRestore();

    const told = lines.join("\n");
    expect(told).toContain('"verdict":"mismatch"');
    // What went as it should is in the order's history, and no line in a rush.
    expect(told).not.toContain(order.id);
    expect(told).toContain('"check":"signature"');
    const signature = fields.find(([name]) => name === "sign")?.[1] ?? "none";
    for (const secret of [EPAY.key, "a-private-word", signature, "guarded-key-"]) {
      expect(told).not.toContain(secret);
    }
  });

  test("credentials are in no answer, and sealed in D1", async () => {
    const account = await shop.admin(`/payment-accounts/${shop.accountId}`);
    expect(account.text).not.toContain(EPAY.key);
    const stored = await env.DB.prepare("SELECT * FROM payment_accounts").all();
    expect(JSON.stringify(stored.results)).not.toContain(EPAY.key);
  });
});
