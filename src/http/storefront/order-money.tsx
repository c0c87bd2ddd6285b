import type { Outlook } from "../../domain/payments/money-outlook.ts";
import { formatMoney } from "../../domain/money.ts";
import type { OrderProperties } from "./order-page.tsx";
import { Moment } from "./product-parts.tsx";

/** Money that has not simply bought keys: what came, what happens next, by when, and what the buyer can do. */
export function OrderMoney(properties: OrderProperties) {
  const { visit, view, nowMs } = properties;
  const { outlook } = view.money;
  if (outlook.length === 0) return null;
  const words = visit.text.order.money;
  const total = formatMoney(view.order, visit.locale);
  return (
    <section class="panel money" aria-labelledby="money">
      <h2 id="money">{words.title}</h2>
      {outlook.map((money) => (
        <div class="money-part">
          <p>
            <strong>{words.what[money.kind](formatMoney(money.money, visit.locale), total)}</strong>
          </p>
          <Next visit={visit} money={money} nowMs={nowMs} order={view.order} />
          {canOrderAnew(view.order) && words.can[money.kind] !== null ? (
            <p>{words.can[money.kind]}</p>
          ) : null}
        </div>
      ))}
      <StopWaiting {...properties} />
    </section>
  );
}

/** Nothing has been bought with the order, and nothing will be. */
function canOrderAnew({ state }: OrderProperties["view"]["order"]): boolean {
  return state === "pending" || state === "expired" || state === "cancelled";
}

type NextProperties = Pick<OrderProperties, "visit" | "nowMs"> & {
  readonly money: Outlook;
  readonly order: OrderProperties["view"]["order"];
};

function Next({ visit, nowMs, money: { next, byMs }, order }: NextProperties) {
  const words = visit.text.order.money;
  if (next === "keys") {
    return (
      <>
        {order.setAside ? <p>{words.setAside(order.setAside, order.quantity)}</p> : null}
        <p>{words.keys}</p>
        {byMs === null ? <p>{words.keysForever}</p> : <By label={words.keysUntil} atMs={byMs} />}
      </>
    );
  }
  return (
    <>
      <p>{words[next]}</p>
      {byMs === null ? null : <By label={words[`${next}By`]} atMs={byMs} />}
      {byMs !== null && byMs < nowMs ? <p>{words.overdue}</p> : null}
    </>
  );
}

function By({ label, atMs }: { label: string; atMs: number }) {
  return (
    <p>
      {label} <Moment atMs={atMs} />
    </p>
  );
}

/** Opened, it says what will happen; only then is there a button. Works without scripts. */
function StopWaiting({ visit, view: { order, money } }: OrderProperties) {
  const waiting = money.outlook.find(({ kind, next: step }) => kind === "waits" && step === "keys");
  if (money.ifStopped === null || waiting === undefined) return null;
  const words = visit.text.order.money.stop;
  const { next, byMs } = money.ifStopped;
  return (
    <details class="stop">
      <summary class="button button-quiet button-small">{words.open}</summary>
      <form
        method="post"
        action={`/orders/${order.id}/stop-waiting`}
        data-guard={visit.text.checkout.submitting}
      >
        <p>{words.sure(formatMoney(waiting.money, visit.locale))}</p>
        {next === "person" && byMs !== null ? (
          <By label={words.person} atMs={byMs} />
        ) : (
          <p>{words.refund}</p>
        )}
        <button class="button button-danger button-small" type="submit">
          {words.confirm}
        </button>
      </form>
    </details>
  );
}
