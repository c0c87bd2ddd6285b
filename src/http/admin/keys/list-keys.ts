import { Hono } from "hono";
import { z } from "zod";
import type { KeyRow } from "../../../../durable-objects/product-stock/contract.ts";
import { toProduct } from "../../../domain/product/product-record.ts";
import { listProductKeys, type KeyPlace } from "../../../flows/stock/shards.ts";
import { maskKey } from "../../../domain/keys/mask-key.ts";
import { instant, pageOf, timeJson, type Json } from "../../api/json.ts";
import { readQuery } from "../../body.ts";
import { describeRoute } from "../../openapi/operation.ts";
import type { AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { encodeCursor, pageQuery, readCursor } from "../page.ts";
import { ownProduct } from "../products/own-product.ts";

const keyState = z.enum(["free", "held", "sold", "void"]);
const query = z.strictObject({ ...pageQuery, state: keyState.optional() });
const keyShape = z
  .object({
    id: z.string().startsWith("key_"),
    state: keyState,
    secret_masked: z.string(),
    note: z.string().nullable(),
    variant: z.string().nullable(),
    order_id: z.string().nullable(),
    batch_id: z.string().nullable().describe("The import that it came with."),
    expires_at: instant.nullable(),
  })
  .meta({ id: "Key" });
const place = z.strictObject({ row: z.int().min(0), shard: z.int().min(0).default(0) });

/** A product's keys, masked: a list is looked at over shoulders. */
export const listKeysRoute = new Hono<AdminEnv>().get(
  "/:id/keys",
  allow("catalog:read"),
  async (c) => {
    const { limit, cursor, state = null } = readQuery(c, query);
    const { row: afterRow, shard } = readCursor(place, cursor) ?? { row: 0, shard: 0 };
    const { id, terms } = toProduct(await ownProduct(c));
    const deps = c.get("deps");
    const from = { shard, afterRow };
    const { keys, next } = await listProductKeys(deps.stock, terms, { state, limit }, from);
    const data = await Promise.all(
      keys.map(async (key) => keyJson(key, maskKey(await deps.vault.openKey(id, key)))),
    );
    const cursorOf = (to: KeyPlace) => encodeCursor({ row: to.afterRow, shard: to.shard });
    return c.json({ data, next_cursor: next === null ? null : cursorOf(next) });
  },
);

function keyJson(key: KeyRow, masked: string): Json<typeof keyShape> {
  return {
    id: key.id,
    state: key.state,
    secret_masked: masked,
    note: key.note,
    variant: key.variantId,
    order_id: key.orderId,
    batch_id: key.batchId,
    expires_at: timeJson(key.expiresAtMs),
  };
}

describeRoute(listKeysRoute, {
  name: "listKeys",
  summary: "A product's keys, masked",
  query,
  answers: { 200: { description: "A page of keys.", schema: pageOf(keyShape) } },
});
