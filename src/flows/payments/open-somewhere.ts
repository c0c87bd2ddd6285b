import type { OrderSnapshot } from "../../../durable-objects/product-stock/contract.ts";
import { parseOrderId, type AccountId } from "../../domain/ids.ts";
import { candidates, totalBy } from "../../domain/payments/choice.ts";
import type { Surface } from "../../domain/payments/surface.ts";
import type { Opening, OpeningPace, PaymentAccount, PaymentAccounts } from "./payment-ports.ts";
import type { Catalog, StockObjects } from "../ports.ts";

export interface ReroutePorts {
  readonly paymentAccounts: PaymentAccounts;
  readonly stock: StockObjects;
  readonly catalog: Pick<Catalog, "listing">;
  readonly openingPace: OpeningPace;
}

/** Accounts that one request asks. The last has all the time that a gateway is given. */
const ACCOUNTS_MAX = 3;

/**
 * Opens the payment of an order that may still move, at the account that it has or, where that one does
 * not open it in good time, at the next that takes the same method and sum. The order moves first and is opened
 * there afterwards; what was opened is shown only once the object has bound the order to that account. Of two
 * devices, one opening and one moving, the object hears one first, and the other follows it: no buyer is
 * ever shown payments of two accounts. What a gateway opened and nobody was shown, nobody can pay: that is so
 * of a call that was left behind, too, whatever it comes to.
 *
 * Null where the order waits for no money any more.
 */
export async function openSomewhere(
  ports: ReroutePorts,
  placed: OrderSnapshot,
  surface: Surface,
  open: (account: PaymentAccount, order: OrderSnapshot) => Promise<Opening>,
): Promise<Opening | null> {
  const stockNumber = parseOrderId(placed.id)?.stockNumber;
  if (stockNumber === undefined) return null;
  const stock = ports.stock.of(stockNumber);
  const tried = new Set<AccountId>();
  let order = placed;
  // Each turn hangs on what the one before it found.
  /* oxlint-disable no-await-in-loop */
  for (;;) {
    if (order.state !== "pending" || order.paymentAccountId === null) return null;
    const account = await ports.paymentAccounts.account(order.paymentAccountId);
    if (account === null) return null;
    tried.add(account.id);
    const openHere = open.bind(null, account, order);
    if (order.reroutable !== true) return openHere();
    const isLast = tried.size >= ACCOUNTS_MAX;
    const spare = isLast ? null : await spareAccount(ports, order, surface, tried);
    let opening =
      spare === null ? await openHere() : await ports.openingPace.within(account.id, openHere);
    if (opening.kind !== "opened" && spare !== null) {
      const moved = await stock.reroute({ orderId: order.id, from: account.id, to: spare });
      if (moved.kind === "unknown") return null;
      ({ order } = moved);
      if (order.paymentAccountId !== account.id) continue;
      // Refused and still here: it has moved often enough, or somebody was sent to pay here.
    }
    if (opening.kind === "slow") opening = await opening.later();
    if (opening.kind !== "opened") return opening;
    const bound = await stock.bindAccount({ orderId: order.id, accountId: account.id });
    if (bound.kind === "bound") return opening;
    if (bound.kind === "unknown") return null;
    ({ order } = bound);
    if (isLast) return { kind: "unavailable", ...GIVEN_UP };
  }
  /* oxlint-enable no-await-in-loop */
}

const GIVEN_UP = { reason: "network", retryAfterSeconds: null } as const;

/** Whoever takes the same sum by the same method, answers, and was not asked by this request. */
async function spareAccount(
  { catalog }: ReroutePorts,
  order: OrderSnapshot,
  surface: Surface,
  tried: ReadonlySet<AccountId>,
): Promise<AccountId | null> {
  const { id, merchantId, productId, currency, amountMinor, feeMinor = 0, paymentMethod } = order;
  const listing = await catalog.listing(merchantId, productId).catch(() => null);
  if (listing === null || paymentMethod === null) return null;
  const due = { priceMinor: amountMinor - feeMinor, currency, surface };
  const same = listing.accounts.filter((account) => totalBy(account, due) === amountMinor);
  const next = candidates(same, paymentMethod, due, id).find(
    (account) => !account.failing && !tried.has(account.id),
  );
  return next?.id ?? null;
}
