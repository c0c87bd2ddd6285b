import type { OrderState } from "../../domain/order/order.ts";
import type { Visit } from "./visit.ts";

const STEPS = ["placed", "paid", "delivered"] as const;

/** How many steps are behind an order; null where it has left the path to its keys. */
const STEPS_DONE: Record<OrderState, number | null> = {
  pending: 1,
  paid: 2,
  unfilled: 2,
  delivered: 3,
  expired: null,
  cancelled: null,
  refunded: null,
};

/** Placed, paid, delivered: a drawn line that says the same in words to those who hear it. */
export function OrderSteps({ visit, state }: { visit: Visit; state: OrderState }) {
  const done = STEPS_DONE[state];
  if (done === null) return null;
  return (
    <ol class="steps" role="list">
      {STEPS.map((step, index) => (
        <li
          class={index < done ? "step-done" : index === done ? "step-next" : "step-later"}
          aria-current={index === done ? "step" : undefined}
        >
          <span class="step-dot" aria-hidden="true">
            {index < done ? "✓" : ""}
          </span>
          {visit.text.order.step[step]}
        </li>
      ))}
    </ol>
  );
}
