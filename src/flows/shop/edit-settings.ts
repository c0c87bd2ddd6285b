import type { AuditEntry, Author } from "../../domain/audit.ts";
import type { MerchantId } from "../../domain/ids.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import {
  patchSettings,
  type Decided,
  type SettingsFlaw,
  type SettingsPatch,
} from "../../domain/settings/shop-settings.ts";

interface SettingsRecord {
  readonly version: number;
  readonly decided: Decided;
  readonly updatedAtMs: number | null;
}

interface Ports {
  readonly settingsBook: {
    of(merchantId: MerchantId): Promise<SettingsRecord>;
    save(
      merchantId: MerchantId,
      change: Pick<SettingsRecord, "version" | "decided">,
      audit: AuditEntry,
    ): Promise<Result<SettingsRecord, "version_conflict">>;
  };
  /** Drops what this isolate remembers; others read anew within a second. */
  readonly forgetShopSettings: () => void;
}

export type SettingsRefusal =
  | { reason: "version_conflict"; version: number }
  | { reason: "flawed"; flaws: readonly SettingsFlaw[] };

/** Patches a shop's settings on top of the version that the editor has read. */
export async function editSettings(
  ports: Ports,
  author: Author,
  version: number,
  patch: SettingsPatch,
): Promise<Result<SettingsRecord, SettingsRefusal>> {
  const { merchantId } = author;
  const record = await ports.settingsBook.of(merchantId);
  if (record.version !== version) return conflict(record);
  const patched = patchSettings(record.decided, patch);
  if (!patched.ok) return err({ reason: "flawed", flaws: patched.error });

  // Names of fields only: a setting may be something that a merchant keeps to themselves.
  const fields = Object.entries(patch).flatMap(([section, values]) =>
    values === null ? [section] : Object.keys(values).map((field) => `${section}.${field}`),
  );
  const detail = { version: version + 1, fields };
  const saved = await ports.settingsBook.save(
    merchantId,
    { version, decided: patched.value },
    { ...author, action: "settings.edit", subject: merchantId, detail },
  );
  ports.forgetShopSettings();
  return saved.ok ? ok(saved.value) : conflict(await ports.settingsBook.of(merchantId));
}

function conflict({ version }: SettingsRecord): { ok: false; error: SettingsRefusal } {
  return err({ reason: "version_conflict", version });
}
