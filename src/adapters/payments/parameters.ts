import type { RawNotice } from "../../flows/ports.ts";

/** Far more than any gateway sends; a notice with more is not one. */
const PARAMETERS_MAX = 60;
const FORM = "application/x-www-form-urlencoded";

/**
 * The parameters of a form-like notice, each exactly once; null where the notice is malformed. Query
 * and body count together: a parameter that stands in both has arrived twice, and which of the two
 * was signed is not ours to guess. Arrays (`sign[]=`) are refused for the same reason.
 */
export function readParameters(notice: RawNotice): ReadonlyMap<string, string> | null {
  const body = notice.method === "POST" ? formBody(notice) : "";
  return body === null ? null : parsePairs([notice.query, body]);
}

/** Null for a body that is not a form in UTF-8. */
function formBody({ contentType, body }: RawNotice): string | null {
  if (body.byteLength === 0) return "";
  const [mediaType, ...attributes] = (contentType ?? "").toLowerCase().split(";");
  if (mediaType?.trim() !== FORM) return null;
  const charset = attributes.find((attribute) => attribute.trim().startsWith("charset="));
  if (charset !== undefined && !/=\s*"?utf-?8"?\s*$/.test(charset)) return null;
  return decode(() => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body));
}

function parsePairs(sources: readonly string[]): ReadonlyMap<string, string> | null {
  const parameters = new Map<string, string>();
  for (const pair of sources.flatMap((source) => source.split("&"))) {
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    const name = percentDecode(equals < 0 ? pair : pair.slice(0, equals));
    const value = percentDecode(equals < 0 ? "" : pair.slice(equals + 1));
    if (name === null || value === null) return null;
    if (name.includes("[") || parameters.has(name)) return null;
    if (parameters.size === PARAMETERS_MAX) return null;
    parameters.set(name, value);
  }
  return parameters;
}

/** Null for a stray "%" or for bytes that are not UTF-8: a replacement character is never signed. */
function percentDecode(text: string): string | null {
  return decode(() => decodeURIComponent(text.replaceAll("+", " ")));
}

function decode(work: () => string): string | null {
  try {
    return work();
  } catch {
    return null;
  }
}
