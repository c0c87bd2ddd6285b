import { Hono } from "hono";
import { z } from "zod";
import { instant, pageOf, timeJson, type Json } from "../../api/json.ts";
import { readQuery } from "../../body.ts";
import { describeRoute } from "../../openapi/operation.ts";
import type { AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { pageJson, pageQuery, readCursor } from "../page.ts";

const query = z.strictObject(pageQuery);
const place = z.strictObject({ id: z.int() });

const entryShape = z
  .object({
    at: instant,
    actor: z.string().describe("A token's id, or `operator`."),
    action: z.string(),
    subject: z.string(),
    detail: z.record(z.string(), z.unknown()).describe("Facts, never a secret."),
  })
  .meta({ id: "AuditEntry" });

/** Newest first. */
export const listAuditLogRoute = new Hono<AdminEnv>().get(
  "/",
  allow("settings:write"),
  async (c) => {
    const { limit, cursor } = readQuery(c, query);
    const { deps, merchantId } = c.var;
    const before = readCursor(place, cursor)?.id ?? Number.MAX_SAFE_INTEGER;
    const rows = await deps.audit.list(merchantId, before, limit + 1);
    const toJson = ({
      actor,
      action,
      subject,
      detail,
      atMs,
    }: (typeof rows)[number]): Json<typeof entryShape> => ({
      at: timeJson(atMs),
      actor,
      action,
      subject,
      detail,
    });
    return c.json(pageJson(rows, limit, toJson, ({ id }) => ({ id })));
  },
);

describeRoute(listAuditLogRoute, {
  name: "listAuditLog",
  summary: "Every write, newest first, with who did it",
  query,
  answers: { 200: { description: "A page of entries.", schema: pageOf(entryShape) } },
});
