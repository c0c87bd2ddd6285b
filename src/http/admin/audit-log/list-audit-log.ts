import { Hono } from "hono";
import { z } from "zod";
import { timeJson } from "../../api/json.ts";
import { readQuery } from "../../body.ts";
import type { AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { pageJson, pageQuery, readCursor } from "../page.ts";

const query = z.strictObject(pageQuery);
const place = z.strictObject({ id: z.int() });

/** Newest first. */
export const listAuditLogRoute = new Hono<AdminEnv>().get(
  "/",
  allow("settings:write"),
  async (c) => {
    const { limit, cursor } = readQuery(c, query);
    const { deps, merchantId } = c.var;
    const before = readCursor(place, cursor)?.id ?? Number.MAX_SAFE_INTEGER;
    const rows = await deps.audit.list(merchantId, before, limit + 1);
    const toJson = ({ actor, action, subject, detail, atMs }: (typeof rows)[number]) => ({
      at: timeJson(atMs),
      actor,
      action,
      subject,
      detail,
    });
    return c.json(pageJson(rows, limit, toJson, ({ id }) => ({ id })));
  },
);
