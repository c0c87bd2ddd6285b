import { alipay } from "./alipay/alipay.ts";
import { bepusdt, epusdt } from "./bepusdt.ts";
import { epay } from "./epay/epay.ts";
import { epayV2 } from "./epay-v2/epay-v2.ts";
import type { GatewayKind } from "./gateway.ts";
import { manual } from "./manual.ts";
import { paypal } from "./paypal/paypal.ts";
import { stripe } from "./stripe/stripe.ts";
import { tokenpay } from "./tokenpay.ts";
import { wechat } from "./wechat/wechat.ts";

/** Every gateway that an account may name. A new one is its file and its line here. */
const GATEWAYS: Readonly<Record<string, GatewayKind>> = {
  epay,
  "epay-v2": epayV2,
  bepusdt,
  epusdt,
  tokenpay,
  alipay,
  wechat,
  stripe,
  paypal,
  manual,
};

export const GATEWAY_NAMES = Object.keys(GATEWAYS);

export function gatewayKind(name: string): GatewayKind | null {
  return Object.hasOwn(GATEWAYS, name) ? (GATEWAYS[name] ?? null) : null;
}
