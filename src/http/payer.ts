import type { Payer } from "../flows/payment-action.ts";
import type { AppContext } from "./env.ts";
import { publicOrigin } from "./origin.ts";

/** Who is about to pay and where they came to us: some gateways have another page for a phone. */
export function payerOf(c: AppContext): Payer {
  const hint = c.req.header("sec-ch-ua-mobile");
  const agent = c.req.header("user-agent") ?? "";
  const phone = hint === undefined ? /Mobi|Android|iPhone/.test(agent) : hint === "?1";
  return {
    origin: publicOrigin(c),
    device: phone ? "phone" : "desktop",
    ip: c.req.header("cf-connecting-ip") ?? null,
    openId: null,
  };
}
