import type { z } from "zod";
import type { RequestContext } from "./env.ts";
import { Refused, type FieldError } from "./problem.ts";

/** The most of any JSON body that is not named otherwise. */
export const JSON_BYTES_MAX = 64 * 1024;
const ERRORS_MAX = 20;

/** The media type of the body, lower case, without parameters; "" where none was sent. */
export function mediaType(c: RequestContext): string {
  return (c.req.header("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

/** The body as JSON that fits `schema`. Refuses with 400, 413 or 415 and says where it is wrong. */
export async function readJson<Schema extends z.ZodType>(
  c: RequestContext,
  schema: Schema,
  bytesMax = JSON_BYTES_MAX,
): Promise<z.output<Schema>> {
  requireJson(c);
  return parseJson(schema, await readText(c, bytesMax));
}

/**
 * The body of a request that may go without one: no bytes are an empty object, whatever type they
 * are said to have. Over HTTP an absent body cannot be told from an empty one.
 */
export async function readOptionalJson<Schema extends z.ZodType>(
  c: RequestContext,
  schema: Schema,
): Promise<z.output<Schema>> {
  const text = await readText(c, JSON_BYTES_MAX);
  if (text === "") return fitBody(schema, {});
  requireJson(c);
  return parseJson(schema, text);
}

function requireJson(c: RequestContext): void {
  if (mediaType(c) === "application/json") return;
  throw new Refused("unsupported_media_type", {
    detail: "Send application/json.",
    accepts: ["application/json"],
  });
}

function parseJson<Schema extends z.ZodType>(schema: Schema, text: string): z.output<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Refused("invalid_json");
  }
  return fitBody(schema, value);
}

/** A body that was read already, or 400. */
export function fitBody<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): z.output<Schema> {
  return parse(schema, value, "invalid_body");
}

/** The body as text of at most `bytesMax` bytes of valid UTF-8. A leading BOM is dropped. */
export async function readText(c: RequestContext, bytesMax: number): Promise<string> {
  return textOf(await readBytes(c, bytesMax));
}

/** JSON that was read already, or 400. */
export function fitJson<Schema extends z.ZodType>(
  schema: Schema,
  bytes: ArrayBuffer,
): z.output<Schema> {
  return parseJson(schema, textOf(bytes));
}

function textOf(bytes: ArrayBuffer | Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    throw new Refused("invalid_utf8");
  }
}

/** Stops reading at the limit: a body that lies about its length costs no more than the limit. */
export async function readBytes(c: RequestContext, bytesMax: number): Promise<Uint8Array> {
  const announced = Number(c.req.header("content-length") ?? 0);
  if (announced > bytesMax) throw new Refused("body_too_large", { limit_bytes: bytesMax });
  // A body that says how long it is may be taken whole: the server holds it to its word. This comes
  // first because to look at `body` makes a stream, which costs more than all else here.
  if (announced > 0) return new Uint8Array(await c.req.arrayBuffer());
  if (c.req.raw.body === null) return new Uint8Array(0);

  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of c.req.raw.body) {
    length += chunk.byteLength;
    if (length > bytesMax) throw new Refused("body_too_large", { limit_bytes: bytesMax });
    chunks.push(chunk);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}

/** Query parameters that fit `schema`; one that is not in it is refused, and so is one that is sent twice. */
export function readQuery<Schema extends z.ZodType>(
  c: RequestContext,
  schema: Schema,
): z.output<Schema> {
  const doubled = Object.entries(c.req.queries()).filter(([, values]) => values.length > 1);
  if (doubled.length > 0) {
    const errors = doubled.slice(0, ERRORS_MAX).map(([path]) => ({ path, message: "sent twice" }));
    throw new Refused("invalid_query", { errors });
  }
  return parse(schema, c.req.query(), "invalid_query");
}

function parse<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  code: "invalid_body" | "invalid_query",
): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors: FieldError[] = parsed.error.issues
    .slice(0, ERRORS_MAX)
    .map((issue) => ({ path: issue.path.join("."), message: issue.message }));
  throw new Refused(code, { errors });
}

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{16,255}$/;

/**
 * The Idempotency-Key of a request that must have one. It is long because whoever repeats it, with
 * the same e-mail and product, gets the order back.
 */
export function readIdempotencyKey(c: RequestContext): string {
  return fitIdempotencyKey(c.req.header("idempotency-key") ?? "");
}

export function fitIdempotencyKey(key: string): string {
  if (key === "") throw new Refused("idempotency_key_required");
  if (!IDEMPOTENCY_KEY.test(key)) throw new Refused("idempotency_key_weak");
  return key;
}
