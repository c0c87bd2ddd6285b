import { Hono } from "hono";
import { z } from "zod";
import { pageOf } from "../../api/json.ts";
import { readQuery } from "../../body.ts";
import { describeRoute } from "../../openapi/operation.ts";
import type { AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { pageJson, pageQuery, readCursor } from "../page.ts";
import { dropJson, dropShape } from "./drop-json.ts";

const query = z.strictObject(pageQuery);
const place = z.strictObject({ number: z.int() });

export const listDropsRoute = new Hono<AdminEnv>().get("/", allow("catalog:read"), async (c) => {
  const { limit, cursor } = readQuery(c, query);
  const { deps, merchantId } = c.var;
  const before = readCursor(place, cursor)?.number ?? Number.MAX_SAFE_INTEGER;
  const rows = await deps.dropRecords.list(merchantId, before, limit + 1);
  const nowMs = deps.clock.nowMs();
  const toJson = (row: (typeof rows)[number]) => dropJson(row, nowMs);
  return c.json(pageJson(rows, limit, toJson, ({ number }) => ({ number })));
});

describeRoute(listDropsRoute, {
  name: "listDrops",
  summary: "Every drop, the newest first",
  query,
  answers: { 200: { description: "A page of drops.", schema: pageOf(dropShape) } },
});
