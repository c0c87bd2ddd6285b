import type { OrderSnapshot } from "../../../durable-objects/product-stock/contract.ts";
import type { KeyId } from "../../domain/ids.ts";
import { paymentAction, type Payer } from "../payments/payment-action.ts";
import type { PaymentAction } from "../payments/payment-ports.ts";
import type { Vault } from "../ports.ts";
import { showMoney, type MoneyShown, type ShowMoneyPorts } from "../payments/show-money.ts";

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
  readonly money: MoneyShown;
}

type Ports = {
  readonly vault: Vault;
} & ShowMoneyPorts &
  Parameters<typeof paymentAction>[0];

/**
 * Opens an order for the one who holds its token: the caller has checked that.
 */
export async function showOrder(
  ports: Ports,
  order: OrderSnapshot,
  payer: Payer,
): Promise<OrderView> {
  const [keys, payment, money] = await Promise.all([
    openKeys(ports.vault, order),
    paymentAction(ports, order, payer),
    showMoney(ports, order),
  ]);
  return { order, keys, payment, money };
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
