/** Sorted, joined, unencoded, without empties: what the Chinese gateways sign, each without fields of its own. */
export function joined(
  fields: Readonly<Record<string, unknown>>,
  without: readonly string[],
): string {
  return Object.entries(fields)
    .filter(([name, value]) => {
      const isEmpty = value === "" || value === null || value === undefined;
      return !isEmpty && !without.includes(name);
    })
    .map(([name, value]) => [name, String(value)] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

/** The joined fields with the secret at the end: MD5, lower-case hex. */
export async function md5Of(
  fields: Readonly<Record<string, unknown>>,
  without: string,
  secret: string,
): Promise<string> {
  const text = new TextEncoder().encode(joined(fields, [without]) + secret);
  return hexOf(await crypto.subtle.digest("MD5", text));
}

export function hexOf(buffer: ArrayBuffer): string {
  return [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The signature as a play wants it. */
export function asTold(genuine: string, signature: "genuine" | "wrong" | "none"): string {
  return { genuine, wrong: genuine.split("").toReversed().join(""), none: "" }[signature];
}
