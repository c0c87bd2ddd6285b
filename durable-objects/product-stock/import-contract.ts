import type { BatchId } from "../../src/domain/ids.ts";
import type { SealedKey } from "./contract.ts";

/** The most keys of one call. */
export const IMPORT_BATCH_MAX = 10_000;

/**
 * A batch of keys, or a part of one: a large import comes as several, each a transaction of its
 * own, so that buyers are served between them.
 */
export interface KeyImport {
  /** Made from the Idempotency-Key; what keys of the import are listed under. */
  readonly batchId: BatchId;
  /**
   * Digest of the fingerprints: the same part of the same batch again answers the same and adds
   * nothing, and other keys under the name of a batch are another part of it.
   */
  readonly part: string;
  readonly label: string | null;
  readonly dryRun: boolean;
  readonly keys: readonly SealedKey[];
}

export interface KeyImportOutcome {
  /** Of this part, as all of the outcome. */
  readonly accepted: number;
  /** Indices into `keys` whose fingerprint the object had already. */
  readonly duplicates: readonly number[];
  /** Free keys after the import. */
  readonly available: number;
  readonly repeated: boolean;
}
