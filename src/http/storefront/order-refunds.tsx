import type { OrderSnapshot } from "../../../durable-objects/product-stock/contract.ts";
import { formatMoney } from "../../domain/money.ts";
import { Moment } from "./product-parts.tsx";
import type { Visit } from "./visit.ts";

/** What of the buyer's money goes back, and whether it has. What a gateway refused is the shop's matter. */
export function OrderRefunds({ visit, order }: { visit: Visit; order: OrderSnapshot }) {
  const shown = (order.refunds ?? []).filter(({ state }) => state !== "refused");
  if (shown.length === 0) return null;
  const { text, locale } = visit;
  const words = text.order.refunds;
  return (
    <section class="refunds">
      <h2>{words.title}</h2>
      <ul>
        {shown.map(({ money, state, askedAtMs, settledAtMs }) => (
          <li>
            <strong>{formatMoney(money, locale)}</strong>{" "}
            {state === "done" ? words.done : words.asked} <Moment atMs={settledAtMs ?? askedAtMs} />
          </li>
        ))}
      </ul>
    </section>
  );
}
