/**
 * Sorted by the bytes of the names, joined, unencoded, without empties: what the Chinese gateways sign, each without
 * fields of its own. It shares no line with the adapters: a mistake there is not hidden by the same mistake here.
 */
export function joined(
  fields: Readonly<Record<string, unknown>>,
  without: readonly string[],
): string {
  return Object.entries(fields)
    .filter(([name, value]) => {
      const isEmpty = value === "" || value === null || value === undefined;
      return !isEmpty && !without.includes(name);
    })
    .map(([name, value]) => ({ rank: hexOf(encoded(name)), text: `${name}=${String(value)}` }))
    .toSorted((a, b) => (a.rank < b.rank ? -1 : 1))
    .map(({ text }) => text)
    .join("&");
}

/** The joined fields with the secret at the end: MD5, lower-case hex. */
export async function md5Of(
  fields: Readonly<Record<string, unknown>>,
  without: readonly string[],
  secret: string,
): Promise<string> {
  const text = encoded(joined(fields, without) + secret);
  return hexOf(await crypto.subtle.digest("MD5", text));
}

const encoded = (text: string) => new TextEncoder().encode(text);

export function hexOf(bytes: ArrayBuffer | Uint8Array): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** How a play has a notice signed. "listed": as `sign[]`, which PHP reads as an array; only a form can have it. */
export type Signature = "genuine" | "wrong" | "none" | "listed";

/** The signature as a play wants it. */
export function asTold(genuine: string, signature: Signature): string {
  const wrong = genuine.split("").toReversed().join("");
  return { genuine, listed: genuine, wrong, none: "" }[signature];
}

/** A form with its signature as a play wants it; where that is none, the field is missing. */
export function signedForm(
  fields: Readonly<Record<string, string>>,
  signed: { readonly sign: string; readonly type: string; readonly as: Signature },
): URLSearchParams {
  const form = new URLSearchParams(fields);
  const name = signed.as === "listed" ? "sign[]" : "sign";
  if (signed.as !== "none") form.append(name, asTold(signed.sign, signed.as));
  form.append("sign_type", signed.type);
  return form;
}
