import { base64, fromBase64 } from "../../../domain/encoding.ts";

/**
 * Just enough of DER (X.690) to take the key that a merchant pastes in whatever wrapping their gateway
 * gave it in, and to hand WebCrypto the one wrapping that it takes. Nothing here decides whom to trust.
 */

interface Node {
  readonly tag: number;
  /** With its header. */
  readonly whole: Uint8Array;
  readonly content: Uint8Array;
}

const SEQUENCE = 0x30;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const VERSION_OF_CERTIFICATE = 0xa0;

/** `SEQUENCE { OID rsaEncryption, NULL }` (RFC 8017 §A.1). */
const RSA_ALGORITHM = Uint8Array.from([
  SEQUENCE,
  13,
  6,
  9,
  0x2a,
  0x86,
  0x48,
  0x86,
  0xf7,
  0x0d,
  1,
  1,
  1,
  5,
  0,
]);
/** `INTEGER 0`. */
const VERSION_0 = Uint8Array.of(INTEGER, 1, 0);

/**
 * An RSA public key as SubjectPublicKeyInfo, from PEM or bare base 64 of that, of a PKCS #1 key, or of an
 * X.509 certificate. Null for anything else.
 */
export function publicKeyDer(text: string): Uint8Array<ArrayBuffer> | null {
  const outer = wholeSequence(text);
  if (outer === null) return null;
  const [first, second, third] = children(outer.content);
  if (first?.tag === INTEGER && second?.tag === INTEGER && third === undefined) {
    const bits = element(BIT_STRING, Uint8Array.of(0), outer.whole);
    return element(SEQUENCE, RSA_ALGORITHM, bits);
  }
  if (first?.tag !== SEQUENCE) return null;
  if (second?.tag === BIT_STRING) return isRsa(first) ? copy(outer.whole) : null;
  const key = second?.tag === SEQUENCE ? certificateParts(first)?.key : undefined;
  return key === undefined ? null : publicKeyDer(base64(key.whole));
}

/** An RSA private key as PKCS #8, from PEM or bare base 64 of that or of PKCS #1. */
export function privateKeyDer(text: string): Uint8Array<ArrayBuffer> | null {
  const outer = wholeSequence(text);
  if (outer === null) return null;
  const parts = children(outer.content);
  const [version, second, third] = parts;
  if (version?.tag !== INTEGER) return null;
  if (second?.tag === SEQUENCE && third?.tag === OCTET_STRING) {
    return isRsa(second) ? copy(outer.whole) : null;
  }
  // PKCS #1: version, n, e, d, p, q and three more.
  if (parts.length !== 9 || parts.some(({ tag }) => tag !== INTEGER)) return null;
  const wrapped = element(OCTET_STRING, outer.whole);
  return element(SEQUENCE, VERSION_0, RSA_ALGORITHM, wrapped);
}

/** The serial number of a certificate in upper-case hex, as WeChat names it; null where it is none. */
export function certificateSerial(text: string): string | null {
  const outer = wholeSequence(text);
  const [first] = outer === null ? [] : children(outer.content);
  const serial = first?.tag === SEQUENCE ? certificateParts(first)?.serial : undefined;
  if (serial === undefined) return null;
  const digits = Array.from(serial.content, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return digits.replace(/^(00)+(?=.)/, "").toUpperCase();
}

/** TBSCertificate (RFC 5280 §4.1): version?, serial, algorithm, issuer, validity, subject, key, …. */
function certificateParts(tbs: Node): { serial: Node; key: Node } | null {
  const parts = children(tbs.content);
  const [serial, , , , , key] = parts[0]?.tag === VERSION_OF_CERTIFICATE ? parts.slice(1) : parts;
  if (serial?.tag !== INTEGER || key?.tag !== SEQUENCE) return null;
  return { serial, key };
}

function isRsa(algorithm: Node): boolean {
  const oid = RSA_ALGORITHM.subarray(2, 13);
  return oid.every((byte, index) => algorithm.content[index] === byte);
}

/** The one SEQUENCE that the text is; null where it is none or something follows it. */
function wholeSequence(text: string): Node | null {
  const bare = text.replaceAll(/-----(BEGIN|END) [A-Z0-9 ]+-----/g, "").replaceAll(/\s/g, "");
  const bytes = /^[0-9A-Za-z+/]{20,}={0,2}$/.test(bare) ? fromBase64(bare) : null;
  const nodes = bytes === null ? [] : children(bytes);
  return nodes.length === 1 && nodes[0]?.tag === SEQUENCE ? nodes[0] : null;
}

/** The elements that stand one after the other; none where the bytes are cut off or no DER. */
function children(bytes: Uint8Array): Node[] {
  const nodes: Node[] = [];
  let at = 0;
  while (at < bytes.length) {
    const head = header(bytes, at);
    if (head === null || head.end > bytes.length) return [];
    const content = bytes.subarray(head.start, head.end);
    nodes.push({ tag: bytes[at] ?? 0, whole: bytes.subarray(at, head.end), content });
    at = head.end;
  }
  return nodes;
}

/** Lengths of up to four bytes; the indefinite form is not DER. */
function header(bytes: Uint8Array, at: number): { start: number; end: number } | null {
  const first = bytes[at + 1];
  if (first === undefined) return null;
  if (first < 0x80) return { start: at + 2, end: at + 2 + first };
  const count = first - 0x80;
  if (count < 1 || count > 4) return null;
  const length = bytes.subarray(at + 2, at + 2 + count).reduce((sum, byte) => sum * 256 + byte, 0);
  return { start: at + 2 + count, end: at + 2 + count + length };
}

function element(tag: number, ...contents: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = contents.reduce((sum, { length: part }) => sum + part, 0);
  const head = length < 0x80 ? [tag, length] : [tag, ...longLength(length)];
  const bytes = new Uint8Array(head.length + length);
  bytes.set(head);
  let at = head.length;
  for (const content of contents) {
    bytes.set(content, at);
    at += content.length;
  }
  return bytes;
}

function longLength(length: number): number[] {
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return [0x80 + bytes.length, ...bytes];
}

function copy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}
