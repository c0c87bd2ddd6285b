import { randomUUID } from "node:crypto";
import type { VisitedShop } from "./shop.ts";

export interface MadeDrop {
  readonly id: string;
  /** Of its product. */
  readonly slug: string;
  readonly opensAtMs: number;
}

interface Wish {
  readonly keys: number;
  readonly opensInSeconds: number;
  readonly policy?: Readonly<Record<string, unknown>>;
}

let drops = 0;

/** A product of its own, with its keys, in a drop. */
export async function makeDrop({ client }: VisitedShop, wish: Wish): Promise<MadeDrop> {
  const slug = `drop-of-test-${++drops}`;
  const product = await client.product(slug, { title: `Drop ${drops}` });
  await client.importKeys(
    product.id,
    Array.from({ length: wish.keys }, () => `KEY-${randomUUID()}`),
  );
  const opensAtMs = Date.now() + wish.opensInSeconds * 1000;
  const { id } = await client.admin<{ id: string }>("POST", "/drops", {
    product_id: product.id,
    opens_at: new Date(opensAtMs).toISOString(),
    closes_at: new Date(opensAtMs + 3600_000).toISOString(),
    quantity: wish.keys,
    policy: { challenge: "never", ...wish.policy },
  });
  return { id, slug, opensAtMs };
}

/** Moves the opening of a drop that nobody has edited yet. */
export async function putOff({ client }: VisitedShop, { id }: MadeDrop, toMs: number) {
  const times = { opens_at: new Date(toMs), closes_at: new Date(toMs + 3600_000) };
  await client.admin("PATCH", `/drops/${id}`, times, { "if-match": '"1"' });
}
