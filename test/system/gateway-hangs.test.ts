import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { EPAY, noticePath } from "../../scripts/shop-client.ts";
import { MortalShop } from "../support/node/mortal-shop.ts";

/** A gateway that takes every connection and never says a word. */
const BUYERS = 60;
const sockets: Socket[] = [];
let gateway: Server;
let folder: string;
let shop: MortalShop;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kamidrop-gateway-"));
  gateway = createServer((socket) => void sockets.push(socket));
  await new Promise<void>((resolve) => gateway.listen(0, "127.0.0.1", resolve));
  shop = await MortalShop.open(folder);
  await shop.client.open();
});

afterAll(async () => {
  await shop.close();
  for (const socket of sockets) socket.destroy();
  gateway.close();
  await rm(folder, { recursive: true, force: true });
});

test("a gateway that hangs holds up no order and no notice: a rush makes no call to it, in the transaction or out of it", async () => {
  const address = gateway.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const account = await shop.client.admin<{ id: string }>("POST", "/payment-accounts", {
    slug: "hangs",
    title: "hangs",
    gateway: "epay",
    currency: "CNY",
    credentials: { ...EPAY, gateway_url: `http://127.0.0.1:${port}/` },
  });
  const product = await shop.client.product("hung", { payment_methods: ["hangs"] });
  const keys = Array.from({ length: BUYERS }, (_, n) => `HUNG-${n}`);
  await shop.client.importKeys(product.id, keys);

  const buy = async (n: number): Promise<string[]> => {
    const placed = await shop.ask("/api/v1/orders", {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "idempotency-key": `order-while-it-hangs-${n}`,
      },
      body: JSON.stringify({
        product_id: product.id,
        email: `hung-${n}@example.com`,
        payment_method: "hangs",
      }),
    });
    expect(placed.status).toBe(201);
    const order = JSON.parse(placed.text) as { id: string; access_token: string; payment: object };
    expect(JSON.stringify(order.payment)).toContain(`127.0.0.1:${port}`);
    const notice = { orderId: order.id, tradeNo: `trade-${n}`, money: "10.00" };
    expect((await shop.ask(noticePath(account.id, notice))).text).toBe("success");
    const read = await shop.ask(`/api/v1/orders/${order.id}`, {
      headers: { authorization: `Bearer ${order.access_token}` },
    });
    const { keys: shown } = JSON.parse(read.text) as { keys: { secret: string }[] };
    return shown.map(({ secret }) => secret);
  };
  const sold = await Promise.all(keys.map((_, n) => buy(n)));
  expect(new Set(sold.flat())).toEqual(new Set(keys));
  expect(sockets).toEqual([]);
});
