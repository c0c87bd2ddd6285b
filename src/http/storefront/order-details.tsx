import type { Child } from "hono/jsx";
import type { OrderSnapshot } from "../../../durable-objects/product-stock/contract.ts";
import { maskEmail } from "../../domain/email.ts";
import { formatMoney } from "../../domain/money.ts";
import { Moment } from "./product-parts.tsx";
import type { Visit } from "./visit.ts";

export function OrderDetails({ visit, order }: { visit: Visit; order: OrderSnapshot }) {
  const { text, locale } = visit;
  const words = text.order;
  const { amountMinor, currency, feeMinor: fee = 0 } = order;
  const amount =
    amountMinor === 0 ? text.product.free : formatMoney({ amountMinor, currency }, locale);
  return (
    <dl class="details">
      <Row term={words.product}>{order.productTitle}</Row>
      {order.variantTitle === null ? null : <Row term={words.variant}>{order.variantTitle}</Row>}
      <Row term={words.quantity}>{order.quantity}</Row>
      {fee === 0 ? null : (
        <>
          <Row term={words.price}>
            {formatMoney({ amountMinor: amountMinor - fee, currency }, locale)}
          </Row>
          <Row term={words.fee}>{formatMoney({ amountMinor: fee, currency }, locale)}</Row>
        </>
      )}
      <Row term={words.amount}>
        <strong>{amount}</strong>
      </Row>
      <Row term={words.email}>{maskEmail(order.email)}</Row>
      <Row term={words.placed}>
        <Moment atMs={order.placedAtMs} />
      </Row>
      {order.paidAtMs === null ? null : (
        <Row term={words.paid}>
          <Moment atMs={order.paidAtMs} />
        </Row>
      )}
      {order.deliveredAtMs === null ? null : (
        <Row term={words.delivered}>
          <Moment atMs={order.deliveredAtMs} />
        </Row>
      )}
      <Row term={words.number}>
        <code class="order-number">{order.id}</code>
      </Row>
    </dl>
  );
}

function Row({ term, children }: { term: string; children?: Child }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  );
}
