import type { SealedKey } from "../../../durable-objects/product-stock/contract.ts";
import {
  IMPORT_BATCH_MAX,
  type KeyImportOutcome,
} from "../../../durable-objects/product-stock/import-contract.ts";
import type { AuditEntry, Author } from "../../domain/audit.ts";
import { newId, type BatchId, type MerchantId, type ProductId } from "../../domain/ids.ts";
import type { FileKey, KeyFile } from "../../domain/keys/key-file.ts";
import type { Product } from "../../domain/product/product.ts";
import { sha256Hex } from "../orders/body-hash.ts";
import type { StockObjects, Vault } from "../ports.ts";
import { configureShards, fillOwedOverShards, importIntoShards } from "./shards.ts";

/**
 * Keys that are sealed together and given to the object in one transaction. The object is one thread:
 * this many keep it from its buyers for some 30 ms, where a million keys are in it for some 60.
 * Fewer would cost more: each key goes to a place of its own in the index of fingerprints, and each
 * transaction writes those pages out.
 */
const PART_KEYS = 2_000;

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
 * Seals the keys of a file and adds them to the product's pool, part by part. The object remembers
 * the parts of a batch, so an import whose answer was lost may be sent again: it answers the same and
 * adds what is missing, wherever the first try died. A dry run is one transaction, which is undone.
 */
export async function importKeys(
  ports: Ports,
  author: Author,
  request: KeyImportRequest,
): Promise<ImportReport> {
  const { product, file, label, dryRun, random } = request;
  const batchId = newId("batch", random);
  const { stock } = ports;
  const { terms } = product;
  // An object that was never told its terms (a save whose push was lost) cannot tell whose keys it has.
  await configureShards(stock, terms);
  const give = async (keys: readonly FileKey[]): Promise<Given> => {
    const sealed = await sealFileKeys(ports.vault, product, keys);
    const part = await partName(sealed);
    const batch = { batchId, part, label, dryRun, keys: sealed };
    const outcome = await importIntoShards(stock, terms, batch);
    return { keys, outcome };
  };
  const given: Given[] = [];
  for (const keys of partsOf(file.keys, dryRun ? IMPORT_BATCH_MAX : PART_KEYS)) {
    // oxlint-disable-next-line no-await-in-loop -- the first keys of a file are to be the first sold
    given.push(await give(keys));
  }
  const report = reportOf(batchId, file, given);
  if (!dryRun) await fillOwedOverShards(stock, terms);
  if (!dryRun) await record(ports, author, { product, label, report });
  return report;
}

/** A part of the file, and what became of it. */
interface Given {
  readonly keys: readonly FileKey[];
  readonly outcome: KeyImportOutcome;
}

/** An empty import has one empty part: it, too, asks the object what is free. */
function partsOf(keys: readonly FileKey[], size: number): (readonly FileKey[])[] {
  const count = Math.max(1, Math.ceil(keys.length / size));
  return Array.from({ length: count }, (_, part) => keys.slice(part * size, (part + 1) * size));
}

/**
 * By what is in it and not by its place: a file that is read otherwise at the second try, because a
 * variant is gone meanwhile, has other parts, and none of them passes for one that was taken.
 */
function partName(keys: readonly SealedKey[]): Promise<string> {
  return sha256Hex(keys.map((key) => key.fingerprint).join());
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

function reportOf(batchId: BatchId, file: KeyFile, given: readonly Given[]): ImportReport {
  const known = given.flatMap(({ keys, outcome }) =>
    outcome.duplicates.flatMap((place) => {
      const key = keys[place];
      return key === undefined ? [] : [{ line: key.line, firstLine: null }];
    }),
  );
  const { rejected, blank } = file;
  const duplicates = [...file.duplicates, ...known].toSorted((a, b) => a.line - b.line);
  const accepted = given.reduce((sum, { outcome }) => sum + outcome.accepted, 0);
  const available = given.at(-1)?.outcome.available ?? 0;
  return { batchId, accepted, duplicates, rejected, blank, available };
}

/** Keys in the only form in which they leave the edge. */
export async function sealFileKeys(
  vault: Pick<Vault, "sealKeys">,
  { merchantId, id }: Pick<Product, "merchantId" | "id">,
  keys: readonly FileKey[],
): Promise<SealedKey[]> {
  const secrets = keys.map((key) => key.secret);
  const boxes = await vault.sealKeys(merchantId, id, secrets);
  return keys.map(({ note, variantId, expiresAtMs, costMinor }, place) => {
    const box = boxes[place];
    if (box === undefined) throw new Error("sealKeys answered too few");
    const { sealed, fingerprint } = box;
    return { sealed, fingerprint, note, variantId, expiresAtMs, costMinor };
  });
}
