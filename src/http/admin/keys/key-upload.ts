import { z } from "zod";
import {
  KEYS_MAX,
  parseKeyCsv,
  parseKeyLines,
  parseKeyList,
  type KeyFile,
  type KeyFileRefusal,
  type RawKey,
} from "../../../domain/keys/key-file.ts";
import type { Result } from "../../../domain/result.ts";
import { fitBody, mediaType, readJson, readText } from "../../body.ts";
import { Refused } from "../../problem.ts";
import type { AdminContext } from "../admin-env.ts";

const UPLOAD_BYTES_MAX = 8 * 1024 * 1024;
const ACCEPTED = ["text/plain", "text/csv", "application/json"];

/** A key in JSON: its text, or its text and what belongs to it. */
export const keyEntry = z.union([
  z.string(),
  z.strictObject({
    key: z.string(),
    note: z.string().nullish(),
    variant: z.string().nullish(),
    expires_at: z.string().nullish(),
    cost_minor: z.int().nullish(),
  }),
]);

/** Counted before its entries are judged: too many of them are not worth the look. */
const countedList = z.looseObject({ keys: z.array(z.unknown()) });
export const keyList = z.strictObject({ keys: z.array(keyEntry).max(KEYS_MAX) });

export interface KeyUpload {
  readonly file: KeyFile;
  /** Records of CSV and JSON have numbers; lines of text have lines. */
  readonly unit: "line" | "record";
  /** What was sent, for telling a repeated request from another. */
  readonly content: unknown;
}

/** The keys in the body, judged one by one. Refuses a body of another type, or of too many keys. */
export async function readKeyUpload(
  c: AdminContext,
  variants: readonly string[],
): Promise<KeyUpload> {
  const context = { variants };
  switch (mediaType(c)) {
    case "text/plain": {
      const content = await readText(c, UPLOAD_BYTES_MAX);
      return { file: accepted(parseKeyLines(content, context)), unit: "line", content };
    }
    case "text/csv": {
      const content = await readText(c, UPLOAD_BYTES_MAX);
      return { file: accepted(parseKeyCsv(content, context)), unit: "record", content };
    }
    case "application/json": {
      const sent = await readJson(c, countedList, UPLOAD_BYTES_MAX);
      if (sent.keys.length > KEYS_MAX) throw new Refused("too_many_lines", { limit: KEYS_MAX });
      const content = fitBody(keyList, sent);
      const file = accepted(parseKeyList(content.keys.map(rawKey), context));
      return { file, unit: "record", content };
    }
    default:
      throw new Refused("unsupported_media_type", { accepts: ACCEPTED });
  }
}

export function rawKey(entry: z.infer<typeof keyEntry>): Partial<RawKey> {
  if (typeof entry === "string") return { key: entry };
  return {
    key: entry.key,
    note: entry.note ?? "",
    variant: entry.variant ?? "",
    expiresAt: entry.expires_at ?? "",
    costMinor: entry.cost_minor?.toString() ?? "",
  };
}

function accepted(parsed: Result<KeyFile, KeyFileRefusal>): KeyFile {
  if (parsed.ok) return parsed.value;
  switch (parsed.error.reason) {
    case "too_many_keys":
      throw new Refused("too_many_lines", { limit: parsed.error.limit });
    case "bad_header":
      throw new Refused("invalid_body", {
        errors: [{ path: "header", message: parsed.error.message }],
      });
    default:
      return parsed.error satisfies never;
  }
}
