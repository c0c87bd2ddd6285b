import { Hono } from "hono";
import { parseOrderId } from "../../domain/ids.ts";
import type { PaymentAction } from "../../flows/ports.ts";
import { showOrder } from "../../flows/orders/show-order.ts";
import type { AppContext, AppEnv } from "../env.ts";
import { publicOrigin } from "../origin.ts";
import { noteVisit } from "../note-visit.ts";
import { payerOf } from "../payer.ts";
import { askWhenBack, askedIn } from "./ask-gateway.ts";
import { answerHtml, documentOf, fragmentOf } from "./html.ts";
import { openedOrder, readOpened, type OpenedOrder } from "./order-access.ts";
import { rememberOrders } from "./order-cookie.ts";
import { orderNotFound } from "./order-not-found.tsx";
import { OrderFragment, OrderPage } from "./order-page.tsx";
import { visit as visitOf } from "./visit.ts";

/**
 * The order's page. Gateways send buyers back here with signed fields in the address: they are not
 * read, because what a browser brings may be made up. They only say when to ask the gateway itself.
 */
export const showOrderPage = new Hono<AppEnv>().get("/orders/:id", async (c) => {
  const token = c.req.query("token");
  // PayPal names its own order so, beside the payer.
  if (token !== undefined && c.req.query("PayerID") === undefined) {
    return keepToken(c, c.req.param("id"), token);
  }
  const opened = await openedOrder(c, c.req.param("id"));
  return opened === null ? orderNotFound(c) : page(c, opened);
});

/** The link in a mail carries the token; the address bar, history and bookmarks do not keep it. */
async function keepToken(c: AppContext, id: string, token: string): Promise<Response> {
  const parsed = parseOrderId(id);
  if (parsed === null || !(await c.get("deps").vault.isAccessToken(parsed.id, token))) {
    return orderNotFound(c);
  }
  rememberOrders(c, [{ id: parsed.id, token }]);
  c.header("referrer-policy", "no-referrer");
  return c.redirect(`/orders/${parsed.id}`, 303);
}

async function page(c: AppContext, opened: OpenedOrder): Promise<Response> {
  const deps = c.get("deps");
  const order = await readOpened(c, opened);
  if (order === null) return orderNotFound(c);
  askWhenBack(c, opened);
  noteVisit(c, order, "page");
  const [view, visit] = await Promise.all([
    showOrder(deps, order, payerOf(c)),
    visitOf(c, `/orders/${order.id}`),
  ]);
  const payNow = c.req.query("pay") === "now";
  const shown = { visit, view, nowMs: deps.clock.nowMs(), payNow };
  const html =
    c.req.query("fragment") === undefined
      ? await documentOf(<OrderPage {...shown} token={opened.token} asked={askedIn(c)} />)
      : await fragmentOf(<OrderFragment {...shown} />);
  return answerHtml(c, html, paymentPolicy(c, view.payment));
}

/** A gateway that wants a form posted gets it from this page: the policy names its origin. */
function paymentPolicy(
  c: AppContext,
  payment: PaymentAction | null,
): { formsTo?: string; wechatBridge?: boolean } {
  if (payment?.action === "jsapi") return { wechatBridge: true };
  if (payment?.action !== "form") return {};
  return { formsTo: new URL(payment.url, publicOrigin(c)).origin };
}
