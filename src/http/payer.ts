import { seenBy, type Seen } from "../domain/payments/surface.ts";
import type { Payer } from "../flows/payments/payment-action.ts";
import type { AppContext } from "./env.ts";
import { publicOrigin } from "./origin.ts";

/** Who is about to pay and where they came to us: some gateways have another page for a phone. */
export function payerOf(c: AppContext): Payer {
  const { phone, surface } = seenOf(c);
  return {
    origin: publicOrigin(c),
    surface,
    device: phone ? "phone" : "desktop",
    ip: c.req.header("cf-connecting-ip") ?? null,
    recognized: null,
  };
}

/** Where the buyer is, by what their browser says. */
export function seenOf(c: AppContext): Seen {
  return seenIn(c.req.raw.headers);
}

export function seenIn(headers: Headers): Seen {
  return seenBy(headers.get("user-agent") ?? "", headers.get("sec-ch-ua-mobile") ?? undefined);
}
