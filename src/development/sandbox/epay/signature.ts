/**
 * epay's rule once more, written from the gateway's side and sharing no line with the adapter: a
 * mistake there is not hidden by the same mistake here.
 */
export async function sign(fields: Readonly<Record<string, string>>, key: string): Promise<string> {
  const names = Object.keys(fields)
    .filter((name) => !["sign", "sign_type"].includes(name))
    .filter((name) => fields[name] !== "")
    .map((name) => ({ name, order: hexOfText(name) }))
    .toSorted((a, b) => (a.order < b.order ? -1 : 1));
  let base = "";
  for (const { name } of names) base += `${base === "" ? "" : "&"}${name}=${fields[name]}`;
  const digest = await crypto.subtle.digest("MD5", new TextEncoder().encode(base + key));
  return hexOf(new Uint8Array(digest));
}

export async function withSignature(
  fields: Readonly<Record<string, string>>,
  key: string,
): Promise<Record<string, string>> {
  return { ...fields, sign: await sign(fields, key), sign_type: "MD5" };
}

/** Text whose order is the order of the name's bytes. */
function hexOfText(name: string): string {
  return hexOf(new TextEncoder().encode(name));
}

function hexOf(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += (byte + 256).toString(16).slice(1);
  return text;
}
