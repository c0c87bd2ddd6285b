import type { RawNotice } from "../../../src/flows/ports.ts";

/** The gateway's side as tests need it: signs what it is told to, however wrong that is. */
export type Fields = readonly (readonly [string, string])[];

export async function md5Hex(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("MD5", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Sorted by code point: the names that tests use are ASCII, where that is the order of bytes. */
export function baseOf(fields: Fields): string {
  return fields
    .filter(([, value]) => value !== "")
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

export async function signed(fields: Fields, key: string): Promise<Fields> {
  const base = baseOf(fields);
  return [...fields, ["sign", await md5Hex(base + key)], ["sign_type", "MD5"]];
}

export function encoded(fields: Fields): string {
  return new URLSearchParams(fields.map(([name, value]) => [name, value])).toString();
}

export function getNotice(query: string): RawNotice {
  return { method: "GET", query, contentType: null, headers: new Map(), body: new Uint8Array(0) };
}

export function postNotice(
  body: string | Uint8Array,
  contentType = "application/x-www-form-urlencoded",
): RawNotice {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  return { method: "POST", query: "", contentType, headers: new Map(), body: bytes };
}
