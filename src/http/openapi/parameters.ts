import type { Operation } from "./operation.ts";
import type { JsonSchema, Schemas } from "./schemas.ts";

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required: boolean;
  readonly description: string;
  readonly schema: JsonSchema;
}

/** What headers of answers say, wherever they stand. */
export const HEADERS = {
  "X-Request-Id": "Names this answer; minted here.",
  "Retry-After": "Seconds after which the same request may be sent again.",
} as const;

interface Request {
  readonly path: string;
  readonly operation: Operation;
  readonly admin: boolean;
  /** What each name in the path means. */
  readonly names: Readonly<Record<string, string>>;
  readonly schemas: Schemas;
}

/** Everything that a request says outside its body. */
export function parametersOf(request: Request): Parameter[] {
  const { path, operation, admin, names, schemas } = request;
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) =>
    text("path", name, names[name] ?? ""),
  );
  return [...inPath, ...queryOf(operation, schemas), ...headersOf(operation, admin)];
}

function queryOf({ query }: Operation, schemas: Schemas): Parameter[] {
  if (query === undefined) return [];
  const { properties = {}, required = [] } = schemas.of(query);
  return Object.entries(properties).map(([name, said]) => {
    const { description = "", ...schema } = typeof said === "boolean" ? {} : said;
    return { name, in: "query", required: required.includes(name), description, schema };
  });
}

function headersOf({ idempotencyKey, ifMatch }: Operation, admin: boolean): Parameter[] {
  const headers: Parameter[] = [];
  if (idempotencyKey === "required") {
    const description =
      "Names this order: the same request again is the same order. Whoever repeats it gets the order back, so make it long and random.";
    const schema = { type: "string", minLength: 16, maxLength: 255 } as const;
    headers.push({ ...text("header", "Idempotency-Key", description), schema });
  }
  if (idempotencyKey === "optional") {
    const description = "The same key with the same body answers the same and does nothing new.";
    const schema = { type: "string", minLength: 1, maxLength: 255 } as const;
    headers.push({ ...text("header", "Idempotency-Key", description), required: false, schema });
  }
  if (ifMatch) {
    const header = text("header", "If-Match", 'The version that you have read, `"1"`.');
    headers.push(ifMatch === true ? header : { ...header, required: false });
  }
  if (admin) {
    const description = "Slug or id of the merchant that an operator acts for.";
    headers.push({ ...text("header", "Kamidrop-Merchant", description), required: false });
  }
  return headers;
}

function text(where: Parameter["in"], name: string, description: string): Parameter {
  return { name, in: where, required: true, description, schema: { type: "string" } };
}
