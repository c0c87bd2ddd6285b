import type { AuditEntry, Author } from "../../domain/audit.ts";
import {
  dropFlaws,
  hasDrop,
  unfitForDrop,
  type DropFlaw,
  type DropRecord,
  type DropSettings,
  type NewDrop,
  type Unfit,
} from "../../domain/drop/drop-record.ts";
import { dropPhase, type DropPhase } from "../../domain/drop/drop.ts";
import { newId, type DropId, type MerchantId } from "../../domain/ids.ts";
import { toProduct, type ProductRecord } from "../../domain/product/product-record.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { DropDraws } from "./drop-ports.ts";
import type { StockObjects } from "../ports.ts";
import { announce } from "../shop/save-product.ts";
import { countProductStock } from "../stock/shards.ts";

interface WrittenDrop {
  readonly drop: DropRecord;
  readonly product: ProductRecord;
}

interface DropChange {
  readonly merchantId: MerchantId;
  readonly id: DropId;
  readonly version: number;
  readonly atMs: number;
}

interface Ports {
  readonly dropRecords: {
    create(row: NewDrop, productVersion: number, audit: AuditEntry): Promise<WrittenDrop | null>;
    edit(change: DropChange, to: DropSettings, audit: AuditEntry): Promise<WrittenDrop | null>;
    close(change: DropChange, audit: AuditEntry): Promise<WrittenDrop | null>;
  };
  readonly products: {
    find(merchantId: MerchantId, idOrSlug: string): Promise<ProductRecord | null>;
  };
  readonly catalog: { forget(): void };
  readonly drops: {
    readonly draws: Pick<DropDraws, "makeSeed">;
    /** Drops what this isolate remembers. */
    readonly forget: () => void;
  };
  readonly stock: StockObjects;
}

export interface SavedDrop {
  readonly drop: DropRecord;
  readonly product: ProductRecord;
  /** Why an object could not be told at once; null where it was. */
  readonly pushError: unknown;
  /** Free keys where they are fewer than `quantity`; null where they are enough, or not known. */
  readonly shortOf: number | null;
}

export type DropRefusal =
  | { reason: "product_unknown" }
  | { reason: "product_unfit"; because: readonly Unfit[] }
  /** The product has one that is not over. */
  | { reason: "drop_live"; dropId: DropId | null }
  | { reason: "flawed"; flaws: readonly DropFlaw[] }
  | { reason: "version_conflict" }
  /** Too late: people stand in its line by what it said. */
  | { reason: "drop_begun"; phase: DropPhase };

/**
 * Announces a drop. `random` names it: the same bytes again give the drop that they first made. The seed
 * is never made of them, since a caller may know or choose what they come from.
 */
export async function createDrop(
  ports: Ports,
  author: Author,
  { product: idOrSlug, settings }: { readonly product: string; readonly settings: DropSettings },
  random: Uint8Array,
): Promise<Result<SavedDrop, DropRefusal>> {
  const { merchantId, atMs } = author;
  const product = await ports.products.find(merchantId, idOrSlug);
  if (product === null) return err({ reason: "product_unknown" });
  const id = newId("drop", random);
  // The same act again, of which the answer was lost, finds its own drop: not somebody's.
  const isOwn = product.drop?.id === id;
  if (!isOwn && hasDrop(product, atMs)) {
    return err({ reason: "drop_live", dropId: product.drop?.id ?? null });
  }
  const because = unfitForDrop(product);
  if (because.length > 0) return err({ reason: "product_unfit", because });
  const flaws = dropFlaws(settings, atMs);
  if (flaws.length > 0 && !isOwn) return err({ reason: "flawed", flaws });

  const row = {
    ...settings,
    id,
    merchantId,
    productId: product.id,
    version: 1,
    ...(await ports.drops.draws.makeSeed(id)),
    closedAtMs: null,
    createdAtMs: atMs,
    updatedAtMs: atMs,
  };
  const detail = { product: product.id, commitment: row.commitment };
  const audit = { ...author, action: "drop.create", subject: id, detail };
  const written = await ports.dropRecords.create(row, product.version, audit);
  // Someone edited the product at the same moment: whoever asks again is judged by what it is now.
  return written === null ? err({ reason: "version_conflict" }) : ok(await tell(ports, written));
}

export interface DropEdit {
  readonly record: DropRecord;
  /** What the editor has read. */
  readonly version: number;
  readonly changes: Partial<DropSettings>;
}

/** Changes a drop before it opens. Its seed and what was promised of it stay. */
export async function editDrop(
  ports: Ports,
  author: Author,
  { record, version, changes }: DropEdit,
): Promise<Result<SavedDrop, DropRefusal>> {
  const { merchantId, atMs } = author;
  const phase = dropPhase(record, atMs);
  if (phase !== "upcoming") return err({ reason: "drop_begun", phase });
  if (record.version !== version) return err({ reason: "version_conflict" });
  const settings: DropSettings = { ...settingsOf(record), ...changes };
  const flaws = dropFlaws(settings, atMs);
  if (flaws.length > 0) return err({ reason: "flawed", flaws });

  const detail = { version: version + 1, fields: Object.keys(changes) };
  const written = await ports.dropRecords.edit(
    { merchantId, id: record.id, version, atMs },
    settings,
    {
      ...author,
      action: "drop.edit",
      subject: record.id,
      detail,
    },
  );
  return written === null ? err({ reason: "version_conflict" }) : ok(await tell(ports, written));
}

function settingsOf(record: DropRecord): DropSettings {
  const { opensAtMs, closesAtMs, quantity, perBuyer, holdSeconds, policy } = record;
  return { opensAtMs, closesAtMs, quantity, perBuyer, holdSeconds, policy };
}

/** Ends a drop before its time: the product is sold as its own terms say from then on. */
export async function closeDrop(
  ports: Ports,
  author: Author,
  record: DropRecord,
): Promise<Result<SavedDrop, DropRefusal>> {
  const { merchantId, atMs } = author;
  const { id, version } = record;
  const detail = { phase: dropPhase(record, atMs) };
  const written = await ports.dropRecords.close(
    { merchantId, id, version, atMs },
    { ...author, action: "drop.close", subject: id, detail },
  );
  return written === null ? err({ reason: "version_conflict" }) : ok(await tell(ports, written));
}

/** D1 has it. The object is told like of any edit; orders that meet older terms there tell it too. */
async function tell(ports: Ports, { drop, product }: WrittenDrop): Promise<SavedDrop> {
  ports.drops.forget();
  const { record, pushError } = await announce(ports, product);
  return { drop, product: record, pushError, shortOf: await shortOf(ports, drop, record) };
}

async function shortOf(
  { stock }: Ports,
  { quantity }: DropRecord,
  product: ProductRecord,
): Promise<number | null> {
  try {
    const { free } = await countProductStock(stock, toProduct(product).terms, "stock");
    return free < quantity ? free : null;
  } catch {
    // A warning that cannot be given now: the sale itself is bound by the rows.
    return null;
  }
}
