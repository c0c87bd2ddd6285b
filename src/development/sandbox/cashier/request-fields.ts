import type { ZodError } from "zod";
import type { AppContext } from "../../../http/env.ts";

/** Query and body as one record, as PHP's $_REQUEST has them: the last of a name wins. */
export async function requestFields(c: AppContext): Promise<Record<string, string>> {
  const fields: Record<string, string> = { ...c.req.query() };
  if (c.req.method !== "POST") return fields;
  for (const [name, value] of Object.entries(await body(c))) {
    if (typeof value === "string" || typeof value === "number") fields[name] = String(value);
  }
  return fields;
}

/** What cannot be read has no fields: what is missing then says what is wrong. */
async function body(c: AppContext): Promise<object> {
  const type = c.req.header("content-type") ?? "";
  try {
    const parsed: unknown = type.startsWith("application/json")
      ? await c.req.json()
      : await c.req.parseBody();
    return typeof parsed === "object" && parsed !== null ? parsed : {};
  } catch {
    return {};
  }
}

/** A person's click, which is answered by a page. */
export function isForm(c: AppContext): boolean {
  return (c.req.header("content-type") ?? "").includes("form");
}

export function misfit(c: AppContext, error: ZodError): Response {
  return c.json({ error: "does not fit", in: error.issues }, 400);
}
