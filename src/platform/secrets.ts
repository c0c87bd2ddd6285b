import { fromBase64 } from "../domain/encoding.ts";

/** A secret in one of its versions: the newest makes, every one that is still listed verifies. */
export interface VersionedSecret {
  readonly version: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const SECRET_BYTES = 32;
const ENTRY = /^([0-9a-z]{1,8}):([A-Za-z0-9+/_=-]+)$/;

/**
 * "2:base64,1:base64", newest first. Throws when one is malformed: a deployment that cannot seal or
 * sign must not start to sell. The message names the secret and never its value.
 */
export function parseSecrets(name: string, text: string | undefined): readonly VersionedSecret[] {
  const secrets = (text ?? "").split(",").map((entry) => {
    const match = ENTRY.exec(entry.trim());
    const bytes = match?.[2] === undefined ? null : fromBase64(match[2]);
    if (match?.[1] === undefined || bytes?.length !== SECRET_BYTES) {
      throw new Error(`${name} must be "<version>:<base64 of ${SECRET_BYTES} bytes>[,…]"`);
    }
    return { version: match[1], bytes };
  });
  if (new Set(secrets.map((secret) => secret.version)).size !== secrets.length) {
    throw new Error(`${name} lists a version twice`);
  }
  return secrets;
}
