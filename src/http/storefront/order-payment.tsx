import { formatMoney } from "../../domain/money.ts";
import type { PaymentAction } from "../../flows/payments/payment-ports.ts";
import { hasStrayMoney } from "../api/order-json.ts";
import { PaymentForm } from "./hand-off.tsx";
import { QrCode } from "./qr-code.tsx";
import type { OrderProperties } from "./order-page.tsx";
import type { Visit } from "./visit.ts";

/** What a buyer can do while the order waits for money, and after it has waited in vain. */
export function OrderPayment({ visit, view, nowMs, payNow = false }: OrderProperties) {
  const words = visit.text.order;
  const { order, payment } = view;
  const isOver = order.state === "expired" || order.state === "cancelled";
  // Who has sent something already must not be led to send more for this order, nor to wonder where it is.
  const isSent = hasStrayMoney(order);
  if (isOver || isSent) {
    return (
      <>
        <p>
          <a class="button" href={`/p/${order.productId}`}>
            {words.again}
          </a>
        </p>
        {isSent ? null : <HavePaid visit={visit} order={order} />}
      </>
    );
  }
  if (order.state !== "pending") return null;
  return (
    <section class="panel pay" aria-label={words.payNow}>
      {order.expiresAtMs === null ? null : (
        <p class="deadline">
          <span>{words.remaining}</span>
          <strong role="timer" data-deadline={order.expiresAtMs} data-now={nowMs}>
            {words.minutes(Math.max(0, Math.ceil((order.expiresAtMs - nowMs) / 60_000)))}
          </strong>
        </p>
      )}
      {payment === null ? null : <Pay visit={visit} order={order} payment={payment} now={payNow} />}
      {payment?.action === "none" && payment.problem === undefined ? null : (
        <HavePaid visit={visit} order={order} />
      )}
      <details class="cancel">
        <summary>{words.cancel}</summary>
        <form
          method="post"
          action={`/orders/${order.id}/cancel`}
          data-guard={visit.text.checkout.submitting}
        >
          <p>{words.cancelSure}</p>
          <button class="button button-danger button-small" type="submit">
            {words.cancel}
          </button>
        </form>
      </details>
    </section>
  );
}

/** Who has paid and sees nothing need not wait for the notice: their gateway is asked. */
function HavePaid({ visit, order }: { visit: Visit; order: OrderProperties["view"]["order"] }) {
  if (order.paymentAccountId === null) return null;
  return (
    <form
      method="post"
      action={`/orders/${order.id}/ask-gateway`}
      data-guard={visit.text.checkout.submitting}
    >
      <p>
        <button class="button button-quiet button-wide" type="submit">
          {visit.text.order.havePaid}
        </button>
      </p>
    </form>
  );
}

interface Paying {
  readonly visit: Visit;
  readonly order: OrderProperties["view"]["order"];
  readonly payment: PaymentAction;
  /** WeChat's sheet opens without being asked for once more. */
  readonly now: boolean;
}

function Pay({ visit, order, payment, now }: Paying) {
  const words = visit.text.order;
  switch (payment.action) {
    case "redirect":
      return (
        <a
          class="button button-wide"
          {...(payment.fromShop === undefined
            ? { href: payment.url, rel: "noreferrer" }
            : { href: `/orders/${order.id}/pay` })}
        >
          {words.payNow}
        </a>
      );
    case "form":
      return <PaymentForm target={payment} label={words.payNow} />;
    case "qr":
      return (
        <PayByCode
          label={words.payCode}
          text={payment.qrText}
          amount={formatMoney(order, visit.locale)}
        />
      );
    case "jsapi":
      return <PayInWechat words={words} fields={payment.fields} now={now} />;
    case "none":
      return <PayByHand visit={visit} payment={payment} />;
    default:
      return payment satisfies never;
  }
}

interface Sheet {
  readonly words: Visit["text"]["order"];
  readonly fields: Readonly<Record<string, string>>;
  readonly now: boolean;
}

/** Opens WeChat's own sheet (wechat-pay.js). What that answers is a hint: the gateway is asked. */
function PayInWechat({ words, fields, now }: Sheet) {
  return (
    <div class="pay-wechat">
      <button
        class="button button-wide"
        type="button"
        data-wechat-pay={JSON.stringify(fields)}
        data-now={now ? "yes" : undefined}
        data-outside={words.openInWechat}
        data-failed={words.wechatFailed}
        data-checking={words.wechatChecking}
      >
        {words.payNow}
      </button>
      <noscript>
        <p>{words.openInWechat}</p>
      </noscript>
      <p class="pay-said" role="status"></p>
    </div>
  );
}

interface Code {
  readonly label: string;
  readonly text: string;
  /** What the code asks for: whoever scans it can see that it is the same. */
  readonly amount: string;
}

/**
 * A code to scan, and where the text of it is an address, a link for whoever holds the phone that would
 * scan it.
 */
function PayByCode({ label, text, amount }: Code) {
  return (
    <figure class="pay-code">
      <QrCode text={text} label={`${label}: ${amount}`} />
      <figcaption>
        <strong class="pay-amount">{amount}</strong>{" "}
        {/^https:|^weixin:/.test(text) ? (
          <a href={text} rel="noreferrer">
            {label}
          </a>
        ) : (
          label
        )}
      </figcaption>
    </figure>
  );
}

type ByHand = Extract<PaymentAction, { action: "none" }>;

/** Nothing is to be opened: what to do instead, or why it does not work now. */
function PayByHand({ visit, payment }: { visit: Visit; payment: ByHand }) {
  const words = visit.text.order;
  const { instructions, problem } = payment;
  if (instructions !== undefined) return <p class="pay-instructions">{instructions}</p>;
  if (problem === undefined) return null;
  return (
    <p role="alert">
      {problem === "gateway_refused" ? words.gatewayRefused : words.gatewayUnavailable}
    </p>
  );
}
