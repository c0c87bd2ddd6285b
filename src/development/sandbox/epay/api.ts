import type { AppContext } from "../../../http/env.ts";
import { SANDBOX_MERCHANT } from "./merchant.ts";
import { findTrade } from "./trade-store.ts";

/** `?act=order&pid&key&out_trade_no`: what the gateway knows of a trade; `status` 1 is paid. */
export async function act(c: AppContext) {
  const { act: action, pid, key, out_trade_no: order = "" } = c.req.query();
  if (pid !== SANDBOX_MERCHANT.pid || key !== SANDBOX_MERCHANT.key) {
    return c.json({ code: -3, msg: "商户 ID 或密钥错误" });
  }
  if (action !== "order") return c.json({ code: -5, msg: "No Act!" });
  const trade = await findTrade(c.env.DB, order);
  if (trade === null) return c.json({ code: -1, msg: "订单号不存在" });
  const { paid, created_at_ms: createdAtMs, ...facts } = trade;
  const addtime = new Date(createdAtMs).toISOString().replace("T", " ").slice(0, 19);
  return c.json({ code: 1, msg: "查询订单号成功！", ...facts, addtime, status: paid ? 1 : 0 });
}
