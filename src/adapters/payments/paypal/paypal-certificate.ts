import { X509Certificate } from "node:crypto";
import { makeVerify, type Verify } from "../signatures/rsa.ts";

/** What PayPal signs its webhooks with: a certificate, and those that vouch for it. */
export interface SigningCertificate {
  readonly verify: Verify;
  /** Whether every certificate of the chain is valid at that moment. */
  isValidAt(atMs: number): boolean;
}

/** PayPal serves two or three; a list without an end is not parsed. */
const CHAIN_MAX = 5;
const CHAIN_CHARACTERS_MAX = 32 * 1024;
const KEY_BITS_MIN = 2_048;
/** For whom PayPal's are made out; in its test environment ".sandbox" stands between. Its Java SDK looks for the same. */
const SUBJECT = /^CN=messageverificationcerts(\.[\w-]+)*\.paypal\.com$/m;
const ONE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * The chain as PayPal serves it (PEM, the signing certificate first), read by the platform's X.509 parser. Null
 * for anything else: a bare key, a certificate of another name, a key that is no RSA or too short, a chain in which
 * one certificate was not issued by the next.
 *
 * What this does not do: no root is trusted here, since a Worker is given no list of them, and nobody is asked
 * whether a certificate was revoked. That it is PayPal's is what TLS to PayPal's own host says.
 */
export function signingCertificate(text: string): SigningCertificate | null {
  const chain = text.length > CHAIN_CHARACTERS_MAX ? null : parseChain(text);
  const [own] = chain ?? [];
  if (chain === null || own === undefined || !SUBJECT.test(own.subject)) return null;
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = own.publicKey;
  if (type !== "rsa" || (details?.modulusLength ?? 0) < KEY_BITS_MIN) return null;
  if (!chain.every((each, at) => isIssuedBy(each, chain[at + 1]))) return null;
  const times = chain.map(({ validFrom, validTo }) => [Date.parse(validFrom), Date.parse(validTo)]);
  return {
    verify: makeVerify(own.publicKey.export({ type: "spki", format: "pem" }).toString()),
    isValidAt: (atMs) => times.every(([from = NaN, to = NaN]) => from <= atMs && atMs <= to),
  };
}

function parseChain(text: string): X509Certificate[] | null {
  const written = text.match(ONE) ?? [];
  if (written.length === 0 || written.length > CHAIN_MAX) return null;
  try {
    return written.map((one) => new X509Certificate(one));
  } catch {
    return null;
  }
}

/** The last of a chain is vouched for by nobody in it. */
function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate | undefined): boolean {
  if (issuer === undefined) return true;
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}
