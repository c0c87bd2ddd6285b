import { isLocale, preferredLocale, type Locale } from "../../domain/locale.ts";

const COOKIE = "kamidrop_language";
const chosenAs = (name: string) => new RegExp(`(?:^|;) *${name}=([^; ]*)`);
/** Over https no other host can have set it (RFC 6265bis §4.1.3.2); the plain one is that of development. */
const SECURE = `__Host-${COOKIE}`;
const CHOSEN = chosenAs(COOKIE);
const CHOSEN_SECURELY = chosenAs(SECURE);

export function languageCookie(secure: boolean): string {
  return secure ? SECURE : COOKIE;
}

/** Whose language a page is in, where its address does not say: what was chosen before, then what the browser prefers. */
export function localeOf(headers: Headers): Locale {
  const cookies = headers.get("cookie") ?? "";
  const chosen = (CHOSEN_SECURELY.exec(cookies) ?? CHOSEN.exec(cookies))?.[1];
  return isLocale(chosen) ? chosen : preferredLocale(headers.get("accept-language") ?? undefined);
}

/** Whether a query ("?…") may ask for a language. */
export function languageAskedIn(query: string): boolean {
  return query.includes("lang");
}
