import { Hono } from "hono";
import { z } from "zod";
import { isId, type OrderId } from "../../domain/ids.ts";
import { RECOGNITIONS_OF_ORDER, refusedOf } from "../../domain/limits/limit-rules.ts";
import type { PaymentAccount } from "../../flows/payments/payment-ports.ts";
import type { Recognition } from "../../flows/payments/recognition-ports.ts";
import { log } from "../../platform/log.ts";
import { readState, type StateContent } from "../../flows/payments/recognition-state.ts";
import { recognizeBuyer } from "../../flows/payments/recognize-buyer.ts";
import type { AppContext, AppEnv } from "../env.ts";
import { describeRoute } from "../openapi/operation.ts";
import { payerOf } from "../payer.ts";
import { refuse } from "../refuse.ts";
import type { Asked } from "../storefront/ask-gateway.ts";

/**
 * The buyer's way to an app that tells who they are, and back: /payments/{account id}/recognize and /recognized. A
 * state of ours goes there and comes back; without one nothing is asked of anybody. Neither address opens the order:
 * they lead to its page, for whoever holds its token.
 */
const goToApp = new Hono<AppEnv>().get("/:accountId/recognize", async (c) => {
  const known = await knownReturn(c);
  if (known === null) return refuse(c, "not_found");
  const { state, account, content } = known;
  // The page makes another state.
  if (!content.isFresh) return toOrder(c, content.orderId);
  const back = `${payerOf(c).origin}/payments/${account.id}/recognized`;
  return lead(c, known.recognition.address(back, state));
});

const comeFromApp = new Hono<AppEnv>().get("/:accountId/recognized", async (c) => {
  const known = await knownReturn(c);
  if (known === null) return refuse(c, "not_found");
  const { content, ...named } = known;
  const { orderId, stockNumber, isFresh } = content;
  const deps = c.get("deps");
  const order = isFresh ? await deps.stock.of(stockNumber).order(orderId) : null;
  if (order === null) return toOrder(c, orderId);
  const limit = { rule: RECOGNITIONS_OF_ORDER, key: orderId };
  if (refusedOf(await deps.limits.take([limit])) !== undefined) {
    return toOrder(c, orderId, "too_soon");
  }
  const code = c.req.query("code") ?? null;
  const payer = payerOf(c);
  const came = await recognizeBuyer(deps, { ...named, order, code, payer });
  switch (came.kind) {
    case "opened":
      return lead(c, `/orders/${orderId}?pay=now`);
    case "settled":
      return toOrder(c, orderId);
    case "not_recognized":
      // A wrong secret of the app's is found nowhere else.
      log("warn", "buyer_not_recognized", {
        request_id: c.get("requestId"),
        account_id: known.account.id,
        order_id: orderId,
        reason: came.reason,
      });
      return toOrder(c, orderId, came.kind);
    case "not_opened":
      return toOrder(c, orderId, came.kind);
    default:
      return came satisfies never;
  }
});

const LED = {
  303: {
    description:
      "To the app, to its payment, or back to the order's page, which says what was wrong.",
    headers: { location: "Where to." },
  },
};
const UNKNOWN = {
  not_found: "No such account, no state of ours for it, or its gateway names nobody.",
};

describeRoute(goToApp, {
  name: "goToBeRecognized",
  summary: "To the app that tells its gateway who the buyer is",
  description: "For a browser inside WeChat: `payment.url` of an order leads here.",
  query: z.object({ state: z.string().describe("From `payment.url`; good for ten minutes.") }),
  answers: LED,
  problems: UNKNOWN,
});

describeRoute(comeFromApp, {
  name: "comeBackRecognized",
  summary: "Where the app sends the buyer back to",
  description:
    "The code is exchanged once, and the payment opened for whom it names; again, it is the same payment.",
  query: z.object({
    state: z.string(),
    code: z.string().optional().describe("Left out by an app that recognized nobody."),
  }),
  answers: LED,
  problems: UNKNOWN,
});

export const recognition = new Hono<AppEnv>().route("/", goToApp).route("/", comeFromApp);

interface KnownReturn {
  readonly state: string;
  readonly account: PaymentAccount;
  readonly recognition: Recognition;
  readonly content: StateContent;
}

/** The state is read before any account or order is: guesses cost a digest. */
async function knownReturn(c: AppContext): Promise<KnownReturn | null> {
  const deps = c.get("deps");
  const id = c.req.param("accountId") ?? "";
  const state = c.req.query("state") ?? "";
  const content = isId("account", id) ? await readState(deps, state, id) : null;
  if (content === null || !isId("account", id)) return null;
  const account = await deps.paymentAccounts.account(id);
  const { recognition: way } = account?.gateway ?? {};
  if (account === null || way === undefined) return null;
  return { state, account, recognition: way, content };
}

function toOrder(c: AppContext, orderId: OrderId, word?: Asked): Response {
  return lead(c, `/orders/${orderId}${word === undefined ? "" : `?asked=${word}`}`);
}

/** Addresses that carry a code or a state are kept by no cache and told to no other site. */
function lead(c: AppContext, address: string): Response {
  c.header("cache-control", "no-store");
  c.header("referrer-policy", "no-referrer");
  return c.redirect(address, 303);
}
