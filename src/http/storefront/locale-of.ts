import { isLocale, preferredLocale, type Locale } from "../../domain/locale.ts";

export const LANGUAGE_COOKIE = "kamidrop_language";
const CHOSEN = new RegExp(`(?:^|;) *${LANGUAGE_COOKIE}=([^; ]*)`);

/** Whose language a page is in, where its address does not say: what was chosen before, then what the browser prefers. */
export function localeOf(headers: Headers): Locale {
  const chosen = CHOSEN.exec(headers.get("cookie") ?? "")?.[1];
  return isLocale(chosen) ? chosen : preferredLocale(headers.get("accept-language") ?? undefined);
}

/** Whether a query ("?…") may ask for a language. */
export function languageAskedIn(query: string): boolean {
  return query.includes("lang");
}
