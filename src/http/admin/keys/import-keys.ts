import { Hono } from "hono";
import { z } from "zod";
import { toProduct } from "../../../domain/product-record.ts";
import { importKeys, type ImportReport } from "../../../flows/import-keys.ts";
import { readQuery } from "../../body.ts";
import { author, type AdminEnv } from "../admin-env.ts";
import { allow } from "../allow.ts";
import { idempotent } from "../idempotent.ts";
import { ownProduct } from "../products/own-product.ts";
import { line } from "../schemas.ts";
import { readKeyUpload, type KeyUpload } from "./key-upload.ts";

const query = z.strictObject({
  batch: line(1, 100).optional(),
  dry_run: z.enum(["0", "1", "false", "true"]).default("0"),
});

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
      const report = await importKeys(deps, author(c), request);
      return { status: 200, body: reportJson(report, upload.unit) };
    });
  },
);

/** `line` counts what the file counts in: lines of a text, records of a CSV or list (also `record`). */
function reportJson(report: ImportReport, unit: KeyUpload["unit"]) {
  const place = (at: number) => (unit === "line" ? { line: at } : { line: at, record: at });
  return {
    batch_id: report.batchId,
    accepted: report.accepted,
    duplicates: report.duplicates.map(({ line: at, firstLine }) => ({
      ...place(at),
      ...(firstLine === null ? {} : { first_line: firstLine }),
    })),
    rejected: report.rejected.map(({ line: at, reason }) => ({ ...place(at), reason })),
    blank: report.blank,
    available: report.available,
  };
}
