import { Hono } from "hono";
import { z } from "zod";
import { readQuery } from "../../body.ts";
import { describeRoute } from "../../openapi/operation.ts";
import type { AdminEnv } from "../admin-env.ts";
import { allowOperator } from "../allow.ts";
import { pageOf } from "../../api/json.ts";
import { pageJson, pageQuery, readCursor } from "../page.ts";
import { merchantJson, merchantShape } from "./merchant-json.ts";

const query = z.strictObject(pageQuery);
const place = z.strictObject({ slug: z.string() });

export const listMerchantsRoute = new Hono<AdminEnv>().get("/", allowOperator, async (c) => {
  const { limit, cursor } = readQuery(c, query);
  const after = readCursor(place, cursor)?.slug ?? "";
  const rows = await c.get("deps").merchants.list(after, limit + 1);
  return c.json(pageJson(rows, limit, merchantJson, ({ slug }) => ({ slug })));
});

describeRoute(listMerchantsRoute, {
  name: "listMerchants",
  summary: "Every merchant",
  query,
  answers: { 200: { description: "A page of merchants.", schema: pageOf(merchantShape) } },
});
