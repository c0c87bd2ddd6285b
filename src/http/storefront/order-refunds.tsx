import type { OrderSnapshot } from "../../../durable-objects/product-stock/contract.ts";
import { formatMoney } from "../../domain/money.ts";
import { goneBack } from "../../domain/payments/refund.ts";
import { Moment } from "./product-parts.tsx";
import type { Visit } from "./visit.ts";

/** Every refund of the order: how much, whether it has gone back, and when. */
export function OrderRefunds({ visit, order }: { visit: Visit; order: OrderSnapshot }) {
  const { refunds = [] } = order;
  if (refunds.length === 0) return null;
  const { text, locale } = visit;
  const words = text.order.refunds;
  return (
    <section class="refunds">
      <h2>{words.title}</h2>
      <ul role="list">
        {refunds.map(({ money, state, askedAtMs, settledAtMs }) => (
          <li class={`refund-${state}`}>
            <strong>{formatMoney(money, locale)}</strong>
            <span>{words[state]}</span>
            <Moment atMs={settledAtMs ?? askedAtMs} />
          </li>
        ))}
      </ul>
      <RefundedTotal visit={visit} order={order} />
    </section>
  );
}

/** Where it takes adding up: several that are done, all in the order's currency. */
function RefundedTotal({ visit: { text, locale }, order }: { visit: Visit; order: OrderSnapshot }) {
  const done = goneBack(order).map(({ money }) => money);
  const { currency } = order;
  if (done.length < 2 || done.some((money) => money.currency !== currency)) return null;
  const amountMinor = done.reduce((sum, money) => sum + money.amountMinor, 0);
  const total = formatMoney({ amountMinor, currency }, locale);
  return <p class="refunds-total">{text.order.refunds.total(total)}</p>;
}
