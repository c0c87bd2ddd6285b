import { setCookie } from "hono/cookie";
import { isLocale, type Locale } from "../../domain/locale.ts";
import type { AppContext } from "../env.ts";
import { languageCookie, localeOf as localeOfHeaders } from "./locale-of.ts";
import { textOf, type Text } from "./text/text.ts";

/** What every page needs to know of the one who reads it. */
export interface Visit {
  readonly locale: Locale;
  readonly text: Text;
  readonly shopName: string;
  /** The address of this page without its language: where the language links lead. */
  readonly address: string;
  /** Changes with every deployment, so that assets may be cached for ever. */
  readonly assetVersion: string;
}

const LANGUAGE_SECONDS = 365 * 24 * 3600;
/** A page without its shop's name is still a page. */
const NAMELESS = "kamidrop";

/** The words of the address win, then what was chosen before, then what the browser prefers. */
export function localeOf(c: AppContext): Locale {
  const asked = c.req.query("lang");
  return isLocale(asked) ? asked : localeOfHeaders(c.req.raw.headers);
}

/** Keeps the language that the address asks for; true when there was one to keep. */
export function keepLocale(c: AppContext): boolean {
  const asked = c.req.query("lang");
  if (!isLocale(asked)) return false;
  setCookie(c, languageCookie(isSecure(c)), asked, {
    path: "/",
    maxAge: LANGUAGE_SECONDS,
    httpOnly: true,
    sameSite: "Lax",
    secure: isSecure(c),
  });
  return true;
}

export function isSecure(c: AppContext): boolean {
  return c.req.url.startsWith("https:");
}

export async function visit(c: AppContext, address = c.req.path): Promise<Visit> {
  const locale = localeOf(c);
  return {
    locale,
    text: textOf(locale),
    shopName: await shopName(c),
    address,
    assetVersion: c.env.CF_VERSION.id || "0",
  };
}

/** Error pages have a head too, also when the database is what the error is about. */
async function shopName(c: AppContext): Promise<string> {
  const deps = c.get("deps");
  const shop = await deps.shop(deps.settings.defaultMerchant).catch(() => null);
  return shop?.name ?? NAMELESS;
}
