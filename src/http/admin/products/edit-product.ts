import { Hono } from "hono";
import { editProduct } from "../../../flows/shop/save-product.ts";
import { readJson } from "../../body.ts";
import { problem } from "../../problem.ts";
import { describeRoute, json } from "../../openapi/operation.ts";
import { author, type AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { ifMatch } from "../if-match.ts";
import { foreignProblem } from "./create-product.ts";
import { ownProduct } from "./own-product.ts";
import { foreignSums, PRODUCT_BYTES_MAX, productEditBody, settingsIn } from "./product-body.ts";
import { savedProduct, saveProblem } from "./saved-product.ts";
import { productShape } from "./product-json.ts";

/** Changes what the body mentions, on top of the version that the editor has read. */
export const editProductRoute = new Hono<AdminEnv>().patch(
  "/:id",
  allow("catalog:write"),
  async (c) => {
    const deps = c.get("deps");
    const version = ifMatch(c);
    const body = await readJson(c, productEditBody, PRODUCT_BYTES_MAX);
    const record = await ownProduct(c);
    const currency = body.price?.currency ?? record.currency;
    const foreign = foreignSums(body, currency);
    if (foreign.length > 0) return foreignProblem(c, foreign);

    const changes = settingsIn(body);
    const change = { record, version, changes, action: "product.edit" } as const;
    const saved = await editProduct(deps, author(c), change);
    if (!saved.ok) {
      if (saved.error.reason !== "version_conflict") return saveProblem(c, saved.error);
      return problem(c, "version_conflict", { version: (await ownProduct(c)).version });
    }
    const { headers, body: answer } = savedProduct(c, saved.value);
    return c.json(answer, 200, headers);
  },
);

describeRoute(editProductRoute, {
  name: "editProduct",
  summary: "Change a product",
  description: "What the body does not mention stays; lists are replaced whole.",
  ifMatch: true,
  body: json(productEditBody, { price: { amount_minor: 900, currency: "CNY" } }),
  answers: {
    200: {
      description: "The product as it is now.",
      schema: productShape,
      headers: { ETag: "Its version." },
    },
  },
  problems: {
    version_conflict: "Someone was faster; `version` is what it has now.",
    slug_taken: "Another product of the merchant has it.",
    state_conflict: "An archived product stays as it is.",
    drop_live: "Its drop, `drop_id`, sells from the pool: that stays until the drop is over.",
    stock_shards_fixed: "`stock_shards` is decided when a product is made; it is what it says.",
  },
});
