import { Hono } from "hono";
import { z } from "zod";
import type { AppContext, AppEnv } from "../../../http/env.ts";
import { lazyTable } from "../../lazy-table.ts";
import { keysOf, verifyText } from "../cashier/keys.ts";
import { findTrade } from "../cashier/trade-book.ts";
import { BRIDGE } from "./bridge.ts";

/** What WeChat does around a page that is looked at inside it: says who the buyer is, and opens the sheet. */
export const APP_ID = "wxsimulator000001";
/** Public on purpose: play money, on a developer's machine. */
export const APP_SECRET = "0123456789abcdef0123456789abcdef";
const OPEN_ID = "oSimulatedBuyer_0000000000001";
const CODE_MS = 5 * 60_000;
const CODES =
  "dev_wechat_codes (code TEXT PRIMARY KEY, made_at INTEGER NOT NULL, used INTEGER NOT NULL)";

export const insideWechatRoutes = new Hono<AppEnv>()
  .get("/connect/oauth2/authorize", (c) => authorize(c))
  .get("/sns/oauth2/access_token", (c) => exchange(c))
  .post("/jsapi", (c) => openSheet(c))
  .get("/bridge.js", (c) => c.body(BRIDGE, 200, { "content-type": "text/javascript" }));

/** Silent (`snsapi_base`): the browser is sent back at once. WeChat holds the order of the parameters, too. */
async function authorize(c: AppContext): Promise<Response> {
  const { search, searchParams } = new URL(c.req.url);
  const pattern =
    /^\?appid=wx\w+&redirect_uri=[^&]+&response_type=code&scope=snsapi_base&state=[0-9A-Za-z]{1,128}$/;
  if (!pattern.test(search) || searchParams.get("appid") !== APP_ID) {
    return c.text("该链接无法访问", 400);
  }
  await lazyTable(c.env.DB, CODES);
  const code = crypto.randomUUID().replaceAll("-", "");
  const made = c.env.DB.prepare("INSERT INTO dev_wechat_codes VALUES (?1, ?2, 0)");
  await made.bind(code, Date.now()).run();
  const back = new URL(searchParams.get("redirect_uri") ?? "");
  back.searchParams.set("code", code);
  back.searchParams.set("state", searchParams.get("state") ?? "");
  return c.redirect(back.href, 302);
}

/** As WeChat answers: 200 whatever it says, and JSON that calls itself text. */
async function exchange(c: AppContext): Promise<Response> {
  const { appid, secret, code = "", grant_type } = c.req.query();
  const say = (body: object) => c.text(JSON.stringify(body));
  if (appid !== APP_ID) return say({ errcode: 40013, errmsg: "invalid appid" });
  if (secret !== APP_SECRET) return say({ errcode: 40125, errmsg: "invalid appsecret" });
  if (grant_type !== "authorization_code") return say({ errcode: 40002, errmsg: "invalid grant" });
  await lazyTable(c.env.DB, CODES);
  const use = c.env.DB.prepare(
    "UPDATE dev_wechat_codes SET used = used + 1 WHERE code = ?1 RETURNING made_at, used",
  );
  const row = await use.bind(code).first<{ made_at: number; used: number }>();
  if (row === null) return say({ errcode: 40029, errmsg: "invalid code" });
  if (row.used > 1) return say({ errcode: 40163, errmsg: "code been used" });
  if (Date.now() - row.made_at > CODE_MS) return say({ errcode: 42003, errmsg: "code expired" });
  return say({
    access_token: crypto.randomUUID(),
    expires_in: 7_200,
    refresh_token: crypto.randomUUID(),
    openid: OPEN_ID,
    scope: "snsapi_base",
  });
}

const sheet = z.object({
  appId: z.literal(APP_ID),
  timeStamp: z.string().regex(/^\d{10}$/),
  nonceStr: z.string().min(1).max(32),
  package: z.string().regex(/^prepay_id=wx[0-9a-f]{32}$/),
  signType: z.literal("RSA"),
  paySign: z.string(),
});

/** What the app asks before it shows its sheet: whether the merchant signed this, and for which payment. */
async function openSheet(c: AppContext): Promise<Response> {
  const parsed = sheet.safeParse(await c.req.json());
  if (!parsed.success) return c.json({ error: "does not fit", in: parsed.error.issues }, 400);
  const { appId, timeStamp, nonceStr, package: bundle, paySign } = parsed.data;
  const { merchantPublic } = await keysOf(c.env.DB, "wechat");
  const text = `${appId}\n${timeStamp}\n${nonceStr}\n${bundle}\n`;
  if (!(await verifyText(text, paySign, merchantPublic))) {
    return c.json({ error: "支付验证签名失败" }, 400);
  }
  const trade = await findTrade(c.env.DB, "wechat", bundle);
  if (trade === null) return c.json({ error: "prepay_id无效" }, 404);
  return c.json({ order: trade.order_no, title: trade.title, minor: trade.minor });
}
