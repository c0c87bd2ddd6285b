import { developmentUrl, publicHttpsUrl } from "../../domain/network/public-address.ts";
import { readBounded } from "../shared/bounded-body.ts";

/** A picture that a merchant has elsewhere. */
export interface FetchedPicture {
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Null for what is no picture, too large, not answered in time, or at no public address. */
export type FetchPicture = (address: string) => Promise<FetchedPicture | null>;

interface Options {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** True in the development build only. */
  readonly reachesThisMachine: boolean;
}

const BYTES_MAX = 4 * 1024 * 1024;
const TIMEOUT_MS = 8_000;
const REDIRECTS_MAX = 3;
/** No SVG: it is a document that may hold scripts. */
const TYPES = ["image/png", "image/jpeg", "image/webp", "image/avif", "image/gif"];

/**
 * Brings a merchant's picture, so that no buyer's browser asks anybody but the shop. Each address of a
 * redirect is looked at like the first.
 */
export function makePictures({ fetch, reachesThisMachine }: Options): FetchPicture {
  const allowed = reachesThisMachine ? developmentUrl : publicHttpsUrl;

  async function ask(address: string, signal: AbortSignal): Promise<Response | null> {
    let url = allowed(address);
    for (let redirects = 0; url !== null && redirects <= REDIRECTS_MAX; redirects++) {
      const headers = { accept: TYPES.join(", ") };
      // Where it leads is known when it has answered.
      // oxlint-disable-next-line no-await-in-loop
      const response = await fetch(url.href, { headers, redirect: "manual", signal });
      if (response.ok) return response;
      response.body?.cancel().catch(() => undefined);
      const location = response.headers.get("location");
      if (response.status < 300 || response.status >= 400 || location === null) return null;
      url = allowed(URL.parse(location, url.href)?.href ?? "");
    }
    return null;
  }

  return async (address) => {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    try {
      const response = await ask(address, signal);
      if (response === null) return null;
      const [type = ""] = (response.headers.get("content-type") ?? "").toLowerCase().split(";");
      if (!TYPES.includes(type.trim())) return null;
      const bytes = await readBounded(response, BYTES_MAX, signal);
      return bytes === null ? null : { type: type.trim(), bytes };
    } catch {
      return null;
    }
  };
}
