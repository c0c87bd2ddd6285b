import type { ProductSettings } from "./product-record.ts";

export interface SettingFlaw {
  readonly field: keyof ProductSettings;
  readonly message: string;
}

/** What no single field shows: settings that do not go together. */
export function settingsFlaws(settings: ProductSettings): SettingFlaw[] {
  const flaws: SettingFlaw[] = [];
  const { opensAtMs, closesAtMs, variants, priceTiers, fields, paymentMethods } = settings;
  const flaw = (field: keyof ProductSettings, message: string) => flaws.push({ field, message });

  if (opensAtMs !== null && closesAtMs !== null && closesAtMs <= opensAtMs) {
    flaw("closesAtMs", "must be after opens_at");
  }
  if (settings.delivery === "manual" && settings.keySource === "generated") {
    flaw("keySource", "generated keys are delivered automatically");
  }
  if (!areDistinct(priceTiers.map((tier) => tier.minQuantity))) {
    flaw("priceTiers", "two tiers have the same min_quantity");
  }
  if (variants.some(({ priceTiers: own }) => !areDistinct(own.map((tier) => tier.minQuantity)))) {
    flaw("variants", "two tiers of a variant have the same min_quantity");
  }
  if (!areDistinct(variants.map((variant) => variant.id))) flaw("variants", "an id stands twice");
  if (!areDistinct(fields.map((field) => field.id))) flaw("fields", "an id stands twice");
  if (!areDistinct(paymentMethods)) flaw("paymentMethods", "a method stands twice");
  return flaws;
}

function areDistinct(values: readonly unknown[]): boolean {
  return new Set(values).size === values.length;
}
