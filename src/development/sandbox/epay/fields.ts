import type { AppContext } from "../../../http/env.ts";

/** Query and body as one record, as PHP's $_REQUEST has them: the last of a name wins. */
export async function requestFields(c: AppContext): Promise<Record<string, string>> {
  const fields: Record<string, string> = { ...c.req.query() };
  if (c.req.method !== "POST") return fields;
  const json = (c.req.header("content-type") ?? "").startsWith("application/json");
  const body: Record<string, unknown> = json ? await c.req.json() : await c.req.parseBody();
  for (const [name, value] of Object.entries(body)) {
    if (typeof value === "string" || typeof value === "number") fields[name] = String(value);
  }
  return fields;
}
