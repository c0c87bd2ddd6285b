import type { KeyImportOutcome, SealedKey } from "../../durable-objects/product-stock/contract.ts";
import type { AuditEntry, Author } from "../domain/audit.ts";
import { newId, type BatchId, type MerchantId, type ProductId } from "../domain/ids.ts";
import type { FileKey, KeyFile } from "../domain/key-file.ts";
import type { Product } from "../domain/product.ts";
import type { StockObjects, Vault } from "./ports.ts";

/** Sealed at once: enough to keep the cryptography busy, few enough to keep memory flat. */
const SEALED_AT_ONCE = 1_000;

interface Batch {
  readonly id: BatchId;
  readonly merchantId: MerchantId;
  readonly productId: ProductId;
  readonly label: string | null;
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: number;
  readonly createdAtMs: number;
}

interface Ports {
  readonly stock: StockObjects;
  readonly vault: Pick<Vault, "sealKeys">;
  readonly keyBatches: { record(batch: Batch, audit: AuditEntry): Promise<void> };
}

export interface KeyImportRequest {
  readonly product: Product;
  readonly file: KeyFile;
  readonly label: string | null;
  readonly dryRun: boolean;
  /** Names the batch: the same bytes again are the same batch, which adds nothing. */
  readonly random: Uint8Array;
}

export interface ImportReport {
  readonly batchId: BatchId;
  readonly accepted: number;
  /** In the order of the file; `firstLine` is null where the pool had the key already. */
  readonly duplicates: readonly { line: number; firstLine: number | null }[];
  readonly rejected: KeyFile["rejected"];
  readonly blank: number;
  /** Free keys after the import. */
  readonly available: number;
}

/**
 * Seals the keys of a file and adds them to the product's pool. The object remembers the batch, so
 * an import whose answer was lost may be sent again: it answers the same and adds nothing, whether
 * the first try died before or after the pool had the keys.
 */
export async function importKeys(
  ports: Ports,
  author: Author,
  { product, file, label, dryRun, random }: KeyImportRequest,
): Promise<ImportReport> {
  const batchId = newId("batch", random);
  const stock = ports.stock.of(product.number);
  const keys = await sealFileKeys(ports.vault, product, file.keys);
  // An object that was never told its terms (a save whose push was lost) cannot tell whose keys it has.
  await stock.configure(product.terms);
  const outcome = await stock.importKeys({ batchId, label, dryRun, keys });
  const report = reportOf(batchId, file, outcome);
  if (!dryRun) await record(ports, author, { product, label, report });
  return report;
}

async function record(
  { keyBatches }: Ports,
  author: Author,
  { product, label, report }: { product: Product; label: string | null; report: ImportReport },
): Promise<void> {
  const counts = {
    accepted: report.accepted,
    duplicates: report.duplicates.length,
    rejected: report.rejected.length,
  };
  const { merchantId, atMs } = author;
  const { batchId: id } = report;
  await keyBatches.record(
    { id, merchantId, productId: product.id, label, ...counts, createdAtMs: atMs },
    { ...author, action: "keys.import", subject: product.id, detail: { batch: id, ...counts } },
  );
}

function reportOf(batchId: BatchId, file: KeyFile, outcome: KeyImportOutcome): ImportReport {
  const known = outcome.duplicates.flatMap((index) => {
    const key = file.keys[index];
    return key === undefined ? [] : [{ line: key.line, firstLine: null }];
  });
  const { rejected, blank } = file;
  const { accepted, available } = outcome;
  const duplicates = [...file.duplicates, ...known].toSorted((a, b) => a.line - b.line);
  return { batchId, accepted, duplicates, rejected, blank, available };
}

/** Keys in the only form in which they leave the edge. */
export async function sealFileKeys(
  vault: Pick<Vault, "sealKeys">,
  { merchantId, id }: Pick<Product, "merchantId" | "id">,
  keys: readonly FileKey[],
): Promise<SealedKey[]> {
  const sealed: SealedKey[] = [];
  for (let at = 0; at < keys.length; at += SEALED_AT_ONCE) {
    const chunk = keys.slice(at, at + SEALED_AT_ONCE);
    // oxlint-disable-next-line no-await-in-loop -- a bounded number at once, by design
    const boxes = await vault.sealKeys(
      merchantId,
      id,
      chunk.map((key) => key.secret),
    );
    for (const [index, { note, variantId, expiresAtMs, costMinor }] of chunk.entries()) {
      const box = boxes[index];
      if (box === undefined) throw new Error("sealKeys answered too few");
      sealed.push({ ...box, note, variantId, expiresAtMs, costMinor });
    }
  }
  return sealed;
}
