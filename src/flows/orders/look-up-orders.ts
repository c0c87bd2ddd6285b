import type { OrderSnapshot } from "../../../durable-objects/product-stock/contract.ts";
import { parseOrderId, type MerchantId, type OrderId } from "../../domain/ids.ts";
import type { StockObjects, Vault } from "../ports.ts";

/** By order and e-mail, or by e-mail and the password that the buyer chose at checkout. */
export type OrderLookup =
  | { readonly orderId: string; readonly email: string }
  | { readonly email: string; readonly lookupPassword: string };

export interface FoundOrder {
  readonly order: OrderSnapshot;
  readonly accessToken: string;
}

interface Ports {
  readonly orderBook: {
    lookup(
      merchantId: MerchantId,
      by: { orderId: OrderId; email: string } | { email: string; lookupHash: string },
      limit: number,
    ): Promise<readonly { id: OrderId }[]>;
  };
  readonly vault: Vault;
  readonly stock: StockObjects;
}

const LOOKUP_ORDERS_MAX = 20;

/**
 * The orders that someone may see who knows both halves. An e-mail alone finds nothing, and nothing
 * found looks the same whichever half was wrong. Reads the order book first: a guess touches no
 * stock object.
 */
export async function lookUpOrders(
  ports: Ports,
  merchantId: MerchantId,
  lookup: OrderLookup,
): Promise<FoundOrder[]> {
  const by = await resolve(ports.vault, lookup);
  if (by === null) return [];
  const rows = await ports.orderBook.lookup(merchantId, by, LOOKUP_ORDERS_MAX);
  const found = await Promise.all(rows.map(({ id }) => open(ports, id)));
  return found.filter((order) => order !== null);
}

async function resolve(vault: Vault, lookup: OrderLookup) {
  const { email } = lookup;
  if ("lookupPassword" in lookup) {
    return { email, lookupHash: await vault.lookupHash(email, lookup.lookupPassword) };
  }
  const parsed = parseOrderId(lookup.orderId);
  return parsed === null ? null : { orderId: parsed.id, email };
}

async function open({ stock, vault }: Ports, id: OrderId): Promise<FoundOrder | null> {
  const parsed = parseOrderId(id);
  if (parsed === null) return null;
  const [order, accessToken] = await Promise.all([
    stock.of(parsed.stockNumber).order(id),
    vault.accessToken(id),
  ]);
  return order === null ? null : { order, accessToken };
}
