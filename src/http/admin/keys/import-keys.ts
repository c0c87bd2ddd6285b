import { Hono } from "hono";
import { z } from "zod";
import { toProduct } from "../../../domain/product/product-record.ts";
import { importKeys, type ImportReport } from "../../../flows/stock/import-keys.ts";
import { readQuery } from "../../body.ts";
import { describeRoute } from "../../openapi/operation.ts";
import { author, type AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { idempotent } from "../idempotent.ts";
import { ownProduct } from "../products/own-product.ts";
import { line } from "../schemas.ts";
import { type Json } from "../../api/json.ts";
import { REJECTIONS } from "../../../domain/keys/key-file.ts";
import { keyList, readKeyUpload, type KeyUpload } from "./key-upload.ts";

const query = z.strictObject({
  batch: line(1, 100).optional().describe("A label for the import."),
  dry_run: z
    .enum(["0", "1", "false", "true"])
    .default("0")
    .describe("Says what would happen, and does nothing."),
});

const place = {
  line: z.int().describe("From 1; of a CSV or a list, the number of the record."),
  record: z.int().optional(),
};
const report = z
  .object({
    batch_id: z.string().startsWith("kb_"),
    accepted: z.int(),
    duplicates: z
      .array(z.object({ ...place, first_line: z.int().optional() }))
      .describe("`first_line` is where it stood earlier; without it, the pool had the key."),
    rejected: z.array(z.object({ ...place, reason: z.enum(REJECTIONS) })),
    blank: z.int(),
    available: z.int().describe("Free keys after the import."),
  })
  .meta({ id: "KeyImport", description: "Every record is in exactly one of these." });

/**
 * Adds keys to the pool. Every record is in exactly one of accepted, duplicates, rejected and blank.
 * Safe to repeat: under the same Idempotency-Key it is the same batch, and without one the pool
 * knows every key that it has.
 */
export const importKeysRoute = new Hono<AdminEnv>().post(
  "/:id/keys",
  allow("keys:import"),
  async (c) => {
    const { deps, merchantId } = c.var;
    const { batch = null, dry_run: dry } = readQuery(c, query);
    const dryRun = dry === "1" || dry === "true";
    const product = toProduct(await ownProduct(c));
    const variants = product.terms.variants.map((variant) => variant.id);
    const upload = await readKeyUpload(c, variants);

    const body = { batch, dryRun, content: upload.content };
    const act = { operation: `keys.import:${product.id}`, body, merchantId };
    return idempotent(c, act, async (random) => {
      const request = { product, file: upload.file, label: batch, dryRun, random };
      const imported = await importKeys(deps, author(c), request);
      return { status: 200, body: reportJson(imported, upload.unit) };
    });
  },
);

/** `line` counts what the file counts in: lines of a text, records of a CSV or list (also `record`). */
function reportJson(imported: ImportReport, unit: KeyUpload["unit"]): Json<typeof report> {
  const placeOf = (at: number) => (unit === "line" ? { line: at } : { line: at, record: at });
  return {
    batch_id: imported.batchId,
    accepted: imported.accepted,
    duplicates: imported.duplicates.map(({ line: at, firstLine }) => ({
      ...placeOf(at),
      ...(firstLine === null ? {} : { first_line: firstLine }),
    })),
    rejected: imported.rejected.map(({ line: at, reason }) => ({ ...placeOf(at), reason })),
    blank: imported.blank,
    available: imported.available,
  };
}

describeRoute(importKeysRoute, {
  name: "importKeys",
  summary: "Add keys to the pool: text, CSV or JSON",
  description:
    "At most 10,000 keys and 8 MiB a call. A key is the line without its outer white space; CSV has a header with `key` and any of `note`, `variant`, `expires_at`, `cost_minor`. An import adds no key twice.",
  idempotencyKey: "optional",
  query,
  body: {
    "text/plain": { schema: z.string(), example: "AAAA-BBBB\nCCCC-DDDD\n" },
    "text/csv": { schema: z.string(), example: "key,note\nAAAA-BBBB,EU\n" },
    "application/json": {
      schema: keyList,
      example: { keys: ["AAAA-BBBB", { key: "CCCC-DDDD", note: "EU", cost_minor: 350 }] },
    },
  },
  answers: { 200: { description: "What became of every record.", schema: report } },
  problems: { too_many_lines: "At most `limit` keys in one call." },
});
