import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { Hono } from "hono";
import { z } from "zod";
import type { OrderHash, Orders } from "./orders.ts";
import type { Settings } from "./settings.ts";

const HOLD_MS = 3_600_000;

const orderBody = z.strictObject({
  product_id: z.string().min(1).max(64),
  quantity: z.int().min(1).max(100).default(1),
  email: z.email().max(254).toLowerCase(),
  payment_method: z.literal("epay"),
});

const noticeQuery = z.object({
  pid: z.string(),
  trade_no: z.string().min(1).max(64),
  out_trade_no: z.string().regex(/^ord_[0-9a-f]{28}$/),
  money: z.string().regex(/^\d{1,8}(\.\d{1,2})?$/),
  trade_status: z.string(),
  sign: z.string().length(32),
});

/** The buyers' contract of kamidrop, as far as the bench calls it: same paths, fields and answers. */
export function makeApp(orders: Orders, { account, product, secret }: Settings): Hono {
  const digest = (purpose: string, ...parts: string[]) =>
    createHmac("sha256", secret).update([purpose, ...parts].join("\0"));
  const accessToken = (id: string) => digest("access", id).digest("base64url").slice(0, 32);

  return new Hono()
    .post("/api/v1/orders", async (c) => {
      const key = c.req.header("idempotency-key") ?? "";
      const parsed = orderBody.safeParse(await c.req.json().catch(() => null));
      if (key.length < 16 || !parsed.success) return c.json({ code: "invalid" }, 400);
      const { product_id: productId, quantity, email } = parsed.data;
      if (productId !== product.id) return c.json({ code: "not_found" }, 404);

      const id = `ord_${digest("order", productId, email, key).digest("hex").slice(0, 28)}`;
      const placedAtMs = Date.now();
      const outcome = await orders.place({
        id,
        bodyHash: createHash("sha256").update(JSON.stringify(parsed.data)).digest("base64url"),
        productId,
        quantity,
        amountMinor: product.priceMinor * quantity,
        email,
        placedAtMs,
        expiresAtMs: placedAtMs + HOLD_MS,
      });
      if (outcome === "sold_out" || outcome === "reused") return c.json({ code: outcome }, 409);
      const fresh = {
        id,
        state: "pending",
        quantity: String(quantity),
        amount: String(product.priceMinor * quantity),
        email,
        placed_at: String(placedAtMs),
        expires_at: String(placedAtMs + HOLD_MS),
        version: "1",
      };
      const order = outcome === "repeated" ? await orders.read(id) : fresh;
      c.header("location", `/api/v1/orders/${id}`);
      return c.json({ ...orderJson(order), access_token: accessToken(id) }, 201);
    })
    .get("/api/v1/orders/:id", async (c) => {
      const id = c.req.param("id");
      const given = Buffer.from(c.req.header("authorization")?.replace(/^Bearer /, "") ?? "");
      const wanted = Buffer.from(accessToken(id));
      if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) {
        return c.json({ code: "not_found" }, 404);
      }
      const order = await orders.read(id);
      return order["id"] === undefined
        ? c.json({ code: "not_found" }, 404)
        : c.json(orderJson(order));
    })
    .get("/payments/:account/notify", async (c) => {
      const notice = noticeQuery.safeParse(c.req.query());
      if (c.req.param("account") !== account.id || !notice.success) return c.text("fail", 400);
      const { pid, sign, money, trade_status: status } = notice.data;
      if (pid !== account.pid || !sameText(sign, epaySign(c.req.query()))) {
        return c.text("fail", 400);
      }
      if (status === "TRADE_SUCCESS") {
        await orders.pay(
          {
            orderId: notice.data.out_trade_no,
            productId: product.id,
            tradeNo: notice.data.trade_no,
            amountMinor: Math.round(Number(money) * 100),
          },
          Date.now(),
        );
      }
      return c.text("success");
    });

  function orderJson(order: OrderHash) {
    const { state = "", email = "", quantity, amount, version } = order;
    const minor = Number(amount);
    const delivered = state === "delivered";
    return {
      id: order["id"],
      state,
      product: { id: product.id, title: product.title },
      quantity: Number(quantity),
      amount: { amount_minor: minor, currency: "CNY" },
      email_masked: email.replace(/^(.).*(?=@)/, "$1***"),
      placed_at: instant(order["placed_at"]),
      expires_at: delivered ? null : instant(order["expires_at"]),
      paid_at: instant(order["paid_at"]),
      payment: state === "pending" ? payment(order["id"] ?? "", minor) : null,
      keys: delivered
        ? keysOf(order).map((secretText, place) => ({ id: `${place}`, secret: secretText }))
        : null,
      version: Number(version),
    };
  }

  /** Where to pay: epay's signed address. */
  function payment(orderId: string, amountMinor: number) {
    const fields: Record<string, string> = {
      pid: account.pid,
      type: "alipay",
      out_trade_no: orderId,
      notify_url: `https://shop.example/payments/${account.id}/notify`,
      return_url: `https://shop.example/orders/${orderId}`,
      name: product.title,
      money: (amountMinor / 100).toFixed(2),
    };
    const query = new URLSearchParams({ ...fields, sign: epaySign(fields), sign_type: "MD5" });
    return { action: "redirect", method: "epay", url: `https://pay.example/submit.php?${query}` };
  }

  function epaySign(fields: Readonly<Record<string, string>>): string {
    const base = Object.keys(fields)
      .filter((name) => name !== "sign" && name !== "sign_type" && fields[name] !== "")
      .toSorted()
      .map((name) => `${name}=${fields[name]}`)
      .join("&");
    return createHash("md5").update(`${base}${account.key}`).digest("hex");
  }
}

function keysOf(order: OrderHash): string[] {
  return z.array(z.string()).parse(JSON.parse(order["keys"] ?? "[]"));
}

function instant(ms: string | undefined): string | null {
  return ms === undefined ? null : new Date(Number(ms)).toISOString();
}

function sameText(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
