import { getCookie, setCookie } from "hono/cookie";
import type { Device } from "../domain/network/caller.ts";
import { base32 } from "../domain/encoding.ts";
import type { AppContext } from "./env.ts";
import { isSecure } from "./storefront/visit.ts";

/** 100 bits: no two browsers have the same. */
const ID_CHARACTERS = 20;
const ID_BYTES = 13;
const HELD_SECONDS = 365 * 24 * 3600;
/** The id, the country that it was given in ("-": not known), and our signature over both. */
const COOKIE = /^(([0-9a-z]{20})\.([A-Z0-9]{2}|-))\.([0-9a-z]{1,8}_[A-Za-z0-9_-]{32})$/;

/** The browser that asks, where it brings a cookie of ours; null for whatever else is in it. */
export async function deviceOf(c: AppContext): Promise<Device | null> {
  const [, text, id, country, mac] = COOKIE.exec(getCookie(c, cookieName(c)) ?? "") ?? [];
  if (text === undefined || id === undefined || mac === undefined) return null;
  const genuine = await c.get("deps").vault.isSigned("device", text, mac);
  return genuine
    ? { id, country: country === undefined || country === "-" ? null : country }
    : null;
}

/**
 * Gives a browser that has none a cookie of a random id: it tells one browser's orders from another's, for
 * a year, and says nothing of anybody. Only pages on which somebody is about to order call this.
 */
export async function giveDevice(c: AppContext, country: string | null): Promise<void> {
  if ((await deviceOf(c)) !== null) return;
  const { vault, entropy } = c.get("deps");
  const text = `${base32(entropy.bytes(ID_BYTES), ID_CHARACTERS)}.${country ?? "-"}`;
  setCookie(c, cookieName(c), `${text}.${await vault.signText("device", text)}`, {
    path: "/",
    maxAge: HELD_SECONDS,
    httpOnly: true,
    sameSite: "Lax",
    secure: isSecure(c),
  });
}

/** Over https no other host can set it, nor overwrite it (RFC 6265bis §4.1.3.2). */
function cookieName(c: AppContext): string {
  return isSecure(c) ? "__Host-kamidrop_device" : "kamidrop_device";
}
