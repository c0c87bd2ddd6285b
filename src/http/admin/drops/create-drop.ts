import { Hono } from "hono";
import { createDrop } from "../../../flows/drops/save-drop.ts";
import { readJson } from "../../body.ts";
import { describeRoute, json } from "../../openapi/operation.ts";
import { author, type AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { idempotent } from "../idempotent.ts";
import { newDropBody, settingsOfNew } from "./drop-body.ts";
import { savedDropShape } from "./drop-json.ts";
import { dropProblem, savedDrop, tellController } from "./saved-drop.ts";

export const createDropRoute = new Hono<AdminEnv>().post("/", allow("catalog:write"), async (c) => {
  const { deps, merchantId } = c.var;
  const body = await readJson(c, newDropBody);
  const act = { operation: "drops.create", body, merchantId };
  const asked = { product: body.product_id, settings: settingsOfNew(body) };
  return idempotent(c, act, async (random) => {
    const created = await createDrop(deps, author(c), asked, random);
    if (!created.ok) return dropProblem(c, created.error);
    await tellController(c, created.value.drop.id);
    const { headers, body: answer } = savedDrop(c, created.value);
    const location = `/admin/api/v1/drops/${answer.id}`;
    return { status: 201, headers: { ...headers, location }, body: answer };
  });
});

describeRoute(createDropRoute, {
  name: "createDrop",
  summary: "Announce a drop of a product",
  description:
    "From now on the product is sold in the drop only; when the drop is over, as its own terms say. What was promised of the draw is in `seed_commitment` at once.",
  idempotencyKey: "optional",
  body: json(newDropBody, {
    product_id: "drop-key",
    opens_at: "2036-11-11T12:00:00Z",
    closes_at: "2036-11-11T13:00:00Z",
    quantity: 100,
    policy: { line_max: 200_000, qualification: "email_code", challenge: "pressure" },
  }),
  answers: {
    201: {
      description: "The drop.",
      schema: savedDropShape,
      headers: { Location: "Where the drop is.", ETag: "Its version." },
    },
  },
  problems: {
    not_found: "No such product.",
    product_unfit:
      "`reasons`: `not_active`, `manual_delivery` (a person delivers it: no key can run out), `generated_keys` (there is always another one), `stock_shards` (made with more than one).",
    drop_live: "It has one, `drop_id`, that is not over.",
    version_conflict: "Someone edited the product at the same moment; ask again.",
  },
});
