/** The languages kamidrop speaks to buyers, the shop's own first. */
export const LOCALES = ["zh-CN", "en"] as const;
export type Locale = (typeof LOCALES)[number];
const DEFAULT_LOCALE: Locale = "zh-CN";

/** Longer headers are read up to here: no browser sends more. */
const HEADER_CHARACTERS_MAX = 256;

export function isLocale(text: string | undefined): text is Locale {
  return LOCALES.some((locale) => locale === text);
}

/**
 * The best of our languages for an Accept-Language header (RFC 9110 §12.5.4): by weight, then by
 * order. A range is matched by its primary tag, so zh-TW reads zh-CN rather than the fallback.
 */
export function preferredLocale(header: string | undefined): Locale {
  let best: { locale: Locale; weight: number } | null = null;
  for (const range of (header ?? "").slice(0, HEADER_CHARACTERS_MAX).split(",")) {
    const [tag = "", ...parameters] = range.split(";");
    const locale = LOCALES.find((candidate) => primary(candidate) === primary(tag));
    const weight = qualityOf(parameters);
    if (locale === undefined || weight <= (best?.weight ?? 0)) continue;
    best = { locale, weight };
  }
  return best?.locale ?? DEFAULT_LOCALE;
}

function primary(tag: string): string {
  return tag.trim().toLowerCase().split("-", 1)[0] ?? "";
}

/** The weight of a range, 1 at the most; 0 means "not this one", and so does less, and nonsense. */
function qualityOf(parameters: readonly string[]): number {
  const stated = parameters.map((text) => /^\s*q=(.*)$/i.exec(text)?.[1]).find(Boolean);
  if (stated === undefined) return 1;
  const weight = Number(stated);
  return weight <= 1 ? weight : 0;
}
