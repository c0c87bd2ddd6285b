import { parseOrderId, type OrderId } from "../../domain/ids.ts";

/** Each order once, under the number that its id carries. What is no order's id is left out. */
export function byProduct(ids: readonly OrderId[]): [number, OrderId[]][] {
  const groups = new Map<number, OrderId[]>();
  for (const text of new Set(ids)) {
    const parsed = parseOrderId(text);
    if (parsed === null) continue;
    const group = groups.get(parsed.stockNumber);
    if (group) group.push(parsed.id);
    else groups.set(parsed.stockNumber, [parsed.id]);
  }
  return [...groups];
}

/** As many as an object takes at once: a list may name more orders of one product. */
export function batches<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, batch) =>
    items.slice(batch * size, (batch + 1) * size),
  );
}
