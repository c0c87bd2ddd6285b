import type { AuditEntry, Author } from "../../domain/audit.ts";
import { newId, type DropId } from "../../domain/ids.ts";
import {
  toProduct,
  type NewProduct,
  type ProductEdit,
  type ProductRecord,
  type ProductSettings,
} from "../../domain/product/product-record.ts";
import { settingsFlaws, type SettingFlaw } from "../../domain/product/product-settings.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { dropOf } from "../../domain/product/terms.ts";
import type { StockObjects } from "../ports.ts";
import { configureShards } from "../stock/shards.ts";

interface Ports {
  readonly products: {
    create(row: NewProduct, audit: AuditEntry): Promise<Result<ProductRecord, "slug_taken">>;
    edit(
      edit: ProductEdit,
      audit: AuditEntry,
    ): Promise<Result<ProductRecord, "version_conflict" | "slug_taken">>;
  };
  /** Drops what this isolate remembers of the catalogue. */
  readonly catalog: { forget(): void };
  readonly stock: StockObjects;
}

export interface SavedProduct {
  readonly record: ProductRecord;
  /** Why an object could not be told at once; null where it was. */
  readonly pushError: unknown;
}

export type SaveRefusal =
  | { reason: "slug_taken" }
  | { reason: "version_conflict" }
  | { reason: "archived" }
  /** What a drop that is announced or on was promised of: how keys come, and that there is a sale. */
  | { reason: "drop_live"; dropId: DropId }
  | { reason: "shards_fixed"; stockShards: number }
  | { reason: "flawed"; flaws: readonly SettingFlaw[] };

/** `random` names the product: the same bytes again give the product that they first made. */
export async function createProduct(
  ports: Ports,
  author: Author,
  settings: ProductSettings,
  random: Uint8Array,
): Promise<Result<SavedProduct, SaveRefusal>> {
  const flaws = settingsFlaws(settings);
  if (flaws.length > 0) return err({ reason: "flawed", flaws });
  const { merchantId, atMs } = author;
  const id = newId("product", random);
  const row = { ...settings, id, merchantId, version: 1, createdAtMs: atMs, updatedAtMs: atMs };
  const detail = { slug: settings.slug };
  const audit = { ...author, action: "product.create", subject: id, detail };
  const created = await ports.products.create(row, audit);
  if (!created.ok) return err({ reason: created.error });
  return ok(await announce(ports, created.value));
}

export interface ProductChange {
  readonly record: ProductRecord;
  /** What the editor has read; not `record.version` where they did not say. */
  readonly version: number;
  readonly changes: Partial<ProductSettings>;
  readonly action: "product.edit" | "product.archive";
}

/** D1 first: it is the home of terms. An archived product stays as it is. */
export async function editProduct(
  ports: Ports,
  author: Author,
  { record, version, changes, action }: ProductChange,
): Promise<Result<SavedProduct, SaveRefusal>> {
  if (record.version !== version) return err({ reason: "version_conflict" });
  if (record.status === "archived") return err({ reason: "archived" });
  const settings = { ...settingsOf(record), ...changes };
  // It names the home of each buyer's orders: with another one, the same request again would look
  // for its order elsewhere and be a second order.
  const { stockShards } = record;
  if (settings.stockShards !== stockShards) return err({ reason: "shards_fixed", stockShards });
  const flaws = settingsFlaws(settings);
  if (flaws.length > 0) return err({ reason: "flawed", flaws });

  const { merchantId, atMs } = author;
  const drop = record.drop === null ? null : dropOf({ drop: record.drop }, atMs);
  if (drop !== null && breaksDrop(settings)) return err({ reason: "drop_live", dropId: drop.id });
  const detail = { version: version + 1, fields: Object.keys(changes) };
  const saved = await ports.products.edit(
    { merchantId, id: record.id, version, settings, atMs },
    { ...author, action, subject: record.id, detail },
  );
  if (!saved.ok) return err({ reason: saved.error });
  return ok(await announce(ports, saved.value));
}

/** `closed` stops the sale, drop and all, and may be taken back: the one way to halt a drop. */
function breaksDrop({ status, delivery, keySource }: ProductSettings): boolean {
  return status === "archived" || delivery !== "auto" || keySource !== "pool";
}

function settingsOf(record: ProductRecord): ProductSettings {
  const { id, number, merchantId, version, drop, createdAtMs, updatedAtMs, ...settings } = record;
  return settings;
}

/**
 * Tells this isolate and the stock objects. The save stands whatever they say: orders that meet the
 * old terms there push the new ones themselves (place-order).
 */
export async function announce(
  { catalog, stock }: Pick<Ports, "catalog" | "stock">,
  record: ProductRecord,
): Promise<SavedProduct> {
  catalog.forget();
  try {
    await configureShards(stock, toProduct(record).terms);
    return { record, pushError: null };
  } catch (pushError) {
    return { record, pushError };
  }
}
