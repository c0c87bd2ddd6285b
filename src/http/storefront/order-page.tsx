import { disputeShown } from "../../domain/payments/dispute.ts";
import { isSettled } from "../../domain/order/order.ts";
import type { OrderView } from "../../flows/orders/show-order.ts";
import { hasStrayMoney, isMoving, pollAfterMs, reviewShown } from "../api/order-json.ts";
import type { Asked } from "./ask-gateway.ts";
import { Layout } from "./layout.tsx";
import { OrderDetails } from "./order-details.tsx";
import { OrderKeys } from "./order-keys.tsx";
import { OrderMoney } from "./order-money.tsx";
import { OrderPayment } from "./order-payment.tsx";
import { OrderRefunds } from "./order-refunds.tsx";
import { OrderSteps } from "./order-steps.tsx";
import type { Text } from "./text/text.ts";
import type { Visit } from "./visit.ts";

export interface OrderProperties {
  readonly visit: Visit;
  readonly view: OrderView;
  /** The server's time: the page counts down by it, whatever the visitor's clock says. */
  readonly nowMs: number;
  /** The buyer comes from where they were recognized, to pay. */
  readonly payNow?: boolean;
}

const REFRESH_PENDING_SECONDS = 5;
const REFRESH_WAITING_SECONDS = 60;

/**
 * One order, live: the script listens for changes and swaps in the fragment that the server renders,
 * so that an order is drawn in one place only. The token is for that listening; this page is kept
 * nowhere (no-store).
 */
export function OrderPage(
  properties: OrderProperties & { token: string; asked: Asked | undefined },
) {
  const { visit, view, token, asked } = properties;
  const { text } = visit;
  const { order } = view;
  const scripts = ["time.js", "copy.js", "order.js", "submit-guard.js"];
  if (view.payment?.action === "jsapi") scripts.push("wechat-pay.js");
  return (
    <Layout
      visit={visit}
      title={wordsOf(view, text.order).headline}
      scripts={scripts}
      styles={["order.css"]}
      refreshSeconds={refreshSeconds(properties)}
      unlisted
    >
      <p class="visually-hidden" role="status" id="announcement"></p>
      <p class="offline" id="offline" role="status" hidden>
        {text.order.offline}
      </p>
      <div id="live" class="narrow" data-order-id={order.id} data-token={token}>
        {/* Goes with what it was said of: the script puts what is new in place of both. */}
        {asked === undefined || order.paidAtMs !== null ? null : (
          <p class="note asked" role="status">
            {text.order.asked[asked]}
          </p>
        )}
        <OrderFragment {...properties} />
      </div>
    </Layout>
  );
}

/** What changes when the order does. */
export function OrderFragment(properties: OrderProperties) {
  const { visit, view } = properties;
  const { order } = view;
  const { headline, explain } = wordsOf(view, visit.text.order);
  return (
    <article
      class={`order order-${order.state}`}
      id="order"
      data-state={order.state}
      data-version={order.version}
      data-product-id={order.productId}
      data-poll-after-ms={pollAfterMs(order) ?? undefined}
      data-settled={isMoving(order) ? undefined : "yes"}
      data-announcement={headline}
    >
      <header class="order-head">
        <h1>{headline}</h1>
        <p class="lead">{explain}</p>
        {order.state === "delivered" && disputeShown(order) === "open" ? (
          <p class="note">{visit.text.order.dispute.delivered}</p>
        ) : null}
      </header>
      {isReturning(view) ? null : <OrderSteps visit={visit} state={order.state} />}
      <OrderKeys visit={visit} view={view} />
      <OrderMoney {...properties} />
      <OrderPayment {...properties} />
      <OrderRefunds visit={visit} order={order} />
      <OrderDetails visit={visit} order={order} />
    </article>
  );
}

/** What the order is, in the buyer's words: honest about a look that it waits for, silent about why. */
function wordsOf(view: OrderView, words: Text["order"]): { headline: string; explain: string } {
  const { order } = view;
  const review = reviewShown(order);
  const dispute = disputeShown(order);
  if (dispute === "lost") return words.dispute.lost;
  if (dispute === "open" && !isSettled(order.state)) return words.dispute.open;
  if (review !== null) return words.review[review];
  if (order.state === "refunded" && isMoving(order)) return words.money.asked;
  if (hasStopped(order)) return words.money.stopped;
  if (isReturning(view)) return words.money.returning;
  if (hasStrayMoney(order)) return words.strayMoney;
  return { headline: words.headline[order.state], explain: words.explain[order.state] };
}

function hasStopped({ state, stoppedAtMs }: OrderProperties["view"]["order"]): boolean {
  return state === "unfilled" && (stoppedAtMs ?? null) !== null;
}

/** Paid, and no keys come any more: it has left the path to them. */
function isReturning({ order, money }: OrderView): boolean {
  const goesBack = money.outlook.some(({ kind, next }) => kind === "waits" && next !== "keys");
  return hasStopped(order) || goesBack;
}

/** Without scripts the page asks again by itself while there is something to wait for. */
function refreshSeconds({ view: { order } }: OrderProperties): number | undefined {
  if (!isMoving(order)) return undefined;
  return order.state === "pending" ? REFRESH_PENDING_SECONDS : REFRESH_WAITING_SECONDS;
}
