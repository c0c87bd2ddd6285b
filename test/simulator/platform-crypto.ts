import type { Sealed, Vault } from "../../src/flows/ports.ts";
import { Process } from "./network.ts";

/**
 * The flows digest with the platform's `crypto.subtle`, which answers from threads of its own, in
 * an order that no seed decides. In a simulation something shorter answers, at once: it tells texts
 * apart as well as a few thousand of them need.
 */
export function answerDigestsAtOnce(): void {
  const digest: SubtleCrypto["digest"] = (_algorithm, data) => {
    const bytes = ArrayBuffer.isView(data)
      ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
      : new Uint8Array(data);
    return Promise.resolve(mixed(bytes).buffer);
  };
  Object.defineProperty(crypto.subtle, "digest", { value: digest, configurable: true });
}

/** In a simulated process, the platform's own luck is the process's. */
export function drawFromProcesses(): void {
  const real = ownRandom;
  Math.random = () => Process.running()?.random.fraction() ?? real();
}

/** What simulated processes log of a thousand mishaps nobody reads. */
export function hushProcesses(): void {
  const aloud = (real: typeof own.info) => (line: string) => {
    if (Process.running() === undefined) real(line);
  };
  const { info, warn, error } = own;
  Object.assign(console, { info: aloud(info), warn: aloud(warn), error: aloud(error) });
}

const own = { ...console };
const ownRandom = Math.random.bind(Math);

/** 128 bits of bytes, or of a text's code units: four streams of FNV-1a with a murmur finish. */
export function mixed(given: Uint8Array | string): Uint8Array<ArrayBuffer> {
  let [a, b, c, d] = [0x811c9dc5, 0x9e3779b9, 0x85ebca6b, 0xc2b2ae35];
  for (let at = 0; at < given.length; at++) {
    const unit = typeof given === "string" ? given.charCodeAt(at) : (given[at] ?? 0);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ unit, 0x01000393);
    c = Math.imul(c ^ unit, 0x01000593);
    d = Math.imul(d ^ unit, 0x01000793);
  }
  return new Uint8Array(Uint32Array.of(finished(a), finished(b), finished(c), finished(d)).buffer);
}

function finished(hash: number): number {
  const spread = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return spread ^ (spread >>> 13);
}

const SEALED = "1.";

/** The real vault's shape with no cipher: an opened key is what was sealed, for its own product only. */
export function simulatedVault(): Vault {
  return {
    sealKeys: (merchantId, productId, secrets) =>
      Promise.resolve(secrets.map((secret) => sealKey(merchantId, productId, secret))),
    openKey: (productId, { sealed }) => {
      const [product, secret] = sealed.slice(SEALED.length).split("/");
      if (product !== productId || secret === undefined) throw new Error("sealed for another");
      return Promise.resolve(secret);
    },
    orderDigest: (productId, email, key) => Promise.resolve(mixed(`${productId} ${email} ${key}`)),
    accessToken: (id) => Promise.resolve(`token-${id}`),
    isAccessToken: (id, token) => Promise.resolve(token === `token-${id}`),
    ticketKeyVersion: "1",
    signTicket: (text) => Promise.resolve(ticketMac(text)),
    isTicketMac: (_version, text, mac) => Promise.resolve(String(ticketMac(text)) === String(mac)),
    signText: (purpose, text) => Promise.resolve(`${purpose}/${text}`),
    isSigned: (purpose, text, mac) => Promise.resolve(mac === `${purpose}/${text}`),
    lookupHash: (email, password) => Promise.resolve(`${email}/${password}`),
    digestText: (purpose, text) => Promise.resolve(`${purpose}/${text}`),
    sealText: (_purpose, text) => Promise.resolve(text),
    openText: (_purpose, sealed) => Promise.resolve(sealed),
  };
}

/** As long as a real one: MAC_BYTES of domain/drop/ticket. */
function ticketMac(text: string): Uint8Array {
  return Uint8Array.of(...mixed(text), ...mixed(`${text} `).subarray(0, 8));
}

function sealKey(merchantId: string, productId: string, secret: string): Sealed {
  return { sealed: `${SEALED}${productId}/${secret}`, fingerprint: `${merchantId}/${secret}` };
}
