import { z } from "zod";
import { base64url, fromBase64 } from "../../domain/encoding.ts";
import { Refused } from "../problem.ts";

const PAGE_MAX = 100;
const PAGE_DEFAULT = 20;
const CURSOR_CHARACTERS_MAX = 400;

/** The two parameters of every list. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(PAGE_DEFAULT),
  cursor: z
    .string()
    .min(1)
    .max(CURSOR_CHARACTERS_MAX)
    .optional()
    .describe("`next_cursor` of the page before."),
};

/** What a cursor says, or null where none was sent. It names a row, so inserts do not move it. */
export function readCursor<Schema extends z.ZodType>(
  schema: Schema,
  cursor: string | undefined,
): z.output<Schema> | null {
  if (cursor === undefined) return null;
  const parsed = schema.safeParse(decode(cursor));
  if (parsed.success) return parsed.data;
  throw new Refused("invalid_query", {
    errors: [{ path: "cursor", message: "not a cursor of this list" }],
  });
}

function decode(cursor: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(fromBase64(cursor) ?? new Uint8Array(0)));
  } catch {
    return undefined;
  }
}

/**
 * A page of a list. `rows` are one more than the limit where there is more; `place` is what the
 * cursor says of the last row shown.
 */
export function pageJson<Row>(
  rows: readonly Row[],
  limit: number,
  toJson: (row: Row) => object,
  place: (row: Row) => unknown,
) {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { data: shown.map(toJson), next_cursor: more ? encodeCursor(place(last)) : null };
}

/** Names a row in words that only readCursor knows. */
export function encodeCursor(place: unknown): string {
  return base64url(new TextEncoder().encode(JSON.stringify(place)));
}
