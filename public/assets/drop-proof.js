// @ts-check
// The arithmetic of a draw, in the browser: nothing that is typed is sent. The same as the server's
// (src/domain/drop/seed.ts); a test holds the two together, and docs/drop.md says it in words.

const utf8 = new TextEncoder();

/**
 * One name per mailbox (src/domain/email.ts): lower case, no "+tag", no dots where Gmail ignores them.
 * @param {string} text
 */
export function canonicalEmail(text) {
  const email = text.trim().toLowerCase();
  const at = email.lastIndexOf("@");
  const domain = email.slice(at + 1);
  const plus = email.indexOf("+", 1);
  const local = plus > 0 && plus < at ? email.slice(0, plus) : email.slice(0, at);
  if (domain !== "gmail.com" && domain !== "googlemail.com") return `${local}@${domain}`;
  return `${local.replaceAll(".", "") || local}@gmail.com`;
}

/**
 * Hex of SHA-256 over what was promised.
 * @param {string} dropId
 * @param {string} seed base64url
 */
export async function sealOf(dropId, seed) {
  return hex(await sha256(`kamidrop-drop-seed-v1\n${dropId}\n${seed}`));
}

/**
 * The identity of an address in a drop, as bytes.
 * @param {string} dropId
 * @param {string} email
 */
export async function identityOf(dropId, email) {
  const digest = await sha256(`kamidrop-drop-identity-v1\n${dropId}\n${canonicalEmail(email)}`);
  return digest.slice(0, 16);
}

/**
 * The draw of an identity: the first 52 bits of HMAC-SHA-256(seed, identity), as 13 hexadecimal digits
 * and as a fraction in [0, 1).
 * @param {string} seed base64url
 * @param {Uint8Array<ArrayBuffer>} identity
 */
export async function drawOf(seed, identity) {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", fromBase64Url(seed), algorithm, false, ["sign"]);
  const digits = hex(new Uint8Array(await crypto.subtle.sign("HMAC", key, identity))).slice(0, 13);
  return { digits, fraction: Number.parseInt(digits, 16) / 2 ** 52 };
}

/** @param {Uint8Array} bytes */
export function hex(bytes) {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {string} text */
async function sha256(text) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", utf8.encode(text)));
}

/** @param {string} text */
function fromBase64Url(text) {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
