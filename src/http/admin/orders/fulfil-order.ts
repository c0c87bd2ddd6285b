import { Hono } from "hono";
import { z } from "zod";
import { base64url } from "../../../domain/encoding.ts";
import { parseKeyList } from "../../../domain/keys/key-file.ts";
import { QUANTITY_MAX } from "../../../domain/product/terms.ts";
import { fulfilOrder } from "../../../flows/orders/fulfil-order.ts";
import { readJson } from "../../body.ts";
import { problem } from "../../problem.ts";
import { describeRoute, json } from "../../openapi/operation.ts";
import { author, type AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { idempotent } from "../idempotent.ts";
import { keyEntry, rawKey } from "../keys/key-upload.ts";
import { changedOrder } from "./changed-order.ts";
import { ownOrder } from "./own-order.ts";
import { orderShape } from "./order-json.ts";

const BYTES_MAX = 8 * 1024 * 1024;
const body = z.strictObject({ keys: z.array(keyEntry).min(1).max(QUANTITY_MAX) });

/** Hands over what a manual or an unfilled order is owed: whole, or not at all. */
export const fulfilOrderRoute = new Hono<AdminEnv>().post(
  "/:id/fulfil",
  allow("orders:write"),
  async (c) => {
    const { deps, merchantId } = c.var;
    const content = await readJson(c, body, BYTES_MAX);
    const { order, product, stockNumber } = await ownOrder(c);
    const file = parseKeyList(content.keys.map(rawKey), {
      variants: product.terms.variants.map((variant) => variant.id),
    });
    if (!file.ok) return problem(c, "too_many_lines", { limit: QUANTITY_MAX });
    const { keys, rejected, duplicates } = file.value;
    if (rejected.length > 0) {
      const errors = rejected.map(({ line, reason }) => ({
        path: `keys.${line - 1}`,
        message: reason,
      }));
      return problem(c, "invalid_body", { errors });
    }
    const [twice] = duplicates;
    if (twice !== undefined) return problem(c, "key_duplicate", { index: twice.line - 1 });

    const act = { operation: `orders.fulfil:${order.id}`, body: content, merchantId };
    return idempotent(c, act, async (random) => {
      const requestId = base64url(random);
      const fulfilment = { product, order, stockNumber, keys, requestId };
      return changedOrder(c, await fulfilOrder(deps, author(c), fulfilment));
    });
  },
);

describeRoute(fulfilOrderRoute, {
  name: "fulfilOrder",
  summary: "Hand over what a manual or an unfilled order is owed",
  description: "As many keys as its quantity, or none.",
  idempotencyKey: "optional",
  body: json(body, { keys: ["EEEE-FFFF", { key: "GGGG-HHHH", note: "EU" }] }),
  answers: { 200: { description: "The order, delivered.", schema: orderShape } },
  problems: {
    disputed: "The payment is disputed: nothing is delivered until that is won.",
    state_conflict:
      "The order is owed no keys: `state` says what it is, or its buyer stopped waiting (`stopped_at`).",
    quantity_invalid: "The order needs `quantity` keys.",
    key_duplicate: "The key at `index` stands twice, or is in the books already.",
    too_many_lines: "At most `limit` keys.",
  },
});
