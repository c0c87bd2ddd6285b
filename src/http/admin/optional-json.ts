import type { z } from "zod";
import { readJson } from "../body.ts";
import type { AdminContext } from "./admin-env.ts";

/** A body that may be left out: no type and no bytes are an empty object. */
export function readOptionalJson<Schema extends z.ZodType>(
  c: AdminContext,
  schema: Schema,
): Promise<z.output<Schema>> {
  const nothing = c.req.header("content-type") === undefined && c.req.raw.body === null;
  return nothing ? schema.parseAsync({}) : readJson(c, schema);
}
