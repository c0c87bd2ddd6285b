import { Hono } from "hono";
import { z } from "zod";
import { FINDING_KINDS } from "../../../../durable-objects/product-stock/reconcile-contract.ts";
import { instant, pageOf, timeJson, type Json } from "../../api/json.ts";
import { readQuery } from "../../body.ts";
import { describeRoute } from "../../openapi/operation.ts";
import type { AdminEnv } from "../admin-env.ts";
import { allowOperator } from "../allow.ts";
import { pageJson, pageQuery, readCursor } from "../page.ts";

const query = z.strictObject(pageQuery);
const place = z.strictObject({ seenAtMs: z.int(), id: z.string() });

const findingShape = z
  .object({
    kind: z.enum(FINDING_KINDS),
    merchant_id: z.string().startsWith("mer_"),
    product_id: z.string().startsWith("prd_"),
    subject: z.string().describe("What it is about: an order's or a key's id; may be empty."),
    detail: z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
    repaired: z.boolean().describe("One side was the truth, and the other was mended."),
    found_at: instant,
    seen_at: instant.describe("When it was found last."),
    times: z.int().describe("How often it was found."),
  })
  .meta({ id: "Finding" });

/** What reconcile found, of all merchants, what was seen last first. */
export const listFindingsRoute = new Hono<AdminEnv>().get("/", allowOperator, async (c) => {
  const { limit, cursor } = readQuery(c, query);
  const rows = await c.get("deps").findings.list(readCursor(place, cursor), limit + 1);
  const toJson = (row: (typeof rows)[number]): Json<typeof findingShape> => ({
    kind: row.kind,
    merchant_id: row.merchantId,
    product_id: row.productId,
    subject: row.subject,
    detail: row.detail,
    repaired: row.repaired,
    found_at: timeJson(row.foundAtMs),
    seen_at: timeJson(row.seenAtMs),
    times: row.times,
  });
  const placeOf = ({ seenAtMs, id }: (typeof rows)[number]) => ({ seenAtMs, id });
  return c.json(pageJson(rows, limit, toJson, placeOf));
});

describeRoute(listFindingsRoute, {
  name: "listFindings",
  summary: "Where the books did not agree, what was seen last first",
  query,
  answers: { 200: { description: "A page of findings.", schema: pageOf(findingShape) } },
});
