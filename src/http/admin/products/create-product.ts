import { Hono } from "hono";
import { PRODUCT_DEFAULTS } from "../../../domain/product/product-record.ts";
import { createProduct } from "../../../flows/shop/save-product.ts";
import { readJson } from "../../body.ts";
import { problem } from "../../problem.ts";
import { describeRoute, json } from "../../openapi/operation.ts";
import { author, type AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { idempotent } from "../idempotent.ts";
import { foreignSums, newProductBody, PRODUCT_BYTES_MAX, settingsIn } from "./product-body.ts";
import { savedProduct, saveProblem } from "./saved-product.ts";
import { productShape } from "./product-json.ts";

export const createProductRoute = new Hono<AdminEnv>().post(
  "/",
  allow("catalog:write"),
  async (c) => {
    const { deps, merchantId } = c.var;
    const body = await readJson(c, newProductBody, PRODUCT_BYTES_MAX);
    const { slug, title, price } = body;
    const foreign = foreignSums(body, price.currency);
    if (foreign.length > 0) return foreignProblem(c, foreign);

    const settings = {
      ...PRODUCT_DEFAULTS,
      priceTiers: [],
      variants: [],
      fields: [],
      paymentMethods: [],
      ...settingsIn(body),
      slug,
      title,
      priceMinor: price.amount_minor,
      currency: price.currency,
    };
    const act = { operation: "products.create", body, merchantId };
    return idempotent(c, act, async (random) => {
      const created = await createProduct(deps, author(c), settings, random);
      if (!created.ok) return saveProblem(c, created.error);
      const { headers, body: answer } = savedProduct(c, created.value);
      const location = `/admin/api/v1/products/${answer.id}`;
      return { status: 201, headers: { ...headers, location }, body: answer };
    });
  },
);

export function foreignProblem(c: Parameters<typeof problem>[0], paths: string[]): Response {
  const message = "must be the currency of the product's price";
  return problem(c, "invalid_body", { errors: paths.map((path) => ({ path, message })) });
}

describeRoute(createProductRoute, {
  name: "createProduct",
  summary: "Make a product",
  description: "`slug`, `title` and `price` are enough.",
  idempotencyKey: "optional",
  body: json(newProductBody, {
    slug: "starter-key",
    title: "Starter key",
    price: { amount_minor: 1000, currency: "CNY" },
  }),
  answers: {
    201: {
      description: "The product.",
      schema: productShape,
      headers: { Location: "Where the product is.", ETag: "Its version." },
    },
  },
  problems: { slug_taken: "Another product of the merchant has it." },
});
