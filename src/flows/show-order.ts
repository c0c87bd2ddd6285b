import type { OrderSnapshot } from "../../durable-objects/product-stock/contract.ts";
import type { KeyId } from "../domain/ids.ts";
import { refundHours } from "../domain/money-policy.ts";
import { paymentAction, type Payer } from "./payment-action.ts";
import type { PaymentAction } from "./payment-ports.ts";
import type { Vault } from "./ports.ts";
import { readMoneyPolicy, type MoneyPolicyPorts } from "./read-money-policy.ts";

/** A key as its buyer sees it. Never logged, queued or stored. */
export interface OpenedKey {
  readonly id: KeyId;
  readonly secret: string;
  readonly note: string | null;
}

/** An order as its buyer sees it. */
export interface OrderView {
  readonly order: OrderSnapshot;
  readonly keys: readonly OpenedKey[];
  /** What to do to pay; null where there is nothing to pay now. */
  readonly payment: PaymentAction | null;
  /** Since the payment, until the money of an order without keys goes back; null: no such time. */
  readonly unfilledHours: number | null;
}

type Ports = {
  readonly vault: Vault;
} & MoneyPolicyPorts &
  Parameters<typeof paymentAction>[0];

/**
 * Opens an order for the one who holds its token: the caller has checked that.
 */
export async function showOrder(
  ports: Ports,
  order: OrderSnapshot,
  payer: Payer,
): Promise<OrderView> {
  const [keys, payment, unfilledHours] = await Promise.all([
    openKeys(ports.vault, order),
    paymentAction(ports, order, payer),
    unfilledHoursOf(ports, order),
  ]);
  return { order, keys, payment, unfilledHours };
}

/** What cannot be read now is not said: no page fails for it. */
async function unfilledHoursOf(ports: Ports, order: OrderSnapshot): Promise<number | null> {
  if (order.state !== "unfilled") return null;
  const policy = await readMoneyPolicy(ports, order).catch(() => null);
  return policy === null ? null : refundHours(policy);
}

export function openKeys(vault: Vault, order: OrderSnapshot): Promise<OpenedKey[]> {
  return Promise.all(
    order.keys.map(async (key) => ({
      id: key.id,
      secret: await vault.openKey(order.productId, key),
      note: key.note,
    })),
  );
}
