/** Pairs of RSA keys as gateways and their merchants have them, and signing with them: by WebCrypto alone. */
const ALGORITHM = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };

export interface RsaKeys {
  readonly publicPem: string;
  readonly privatePem: string;
  /** Base 64 over UTF-8. */
  sign(text: string): Promise<string>;
  verify(text: string, signature: string): Promise<boolean>;
}

export async function makeRsaKeys(): Promise<RsaKeys> {
  const publicExponent = Uint8Array.of(1, 0, 1);
  const pair = (await crypto.subtle.generateKey(
    { ...ALGORITHM, modulusLength: 2048, publicExponent },
    true,
    ["sign", "verify"],
  )) as CryptoKeyPair;
  const spki = (await crypto.subtle.exportKey("spki", pair.publicKey)) as ArrayBuffer;
  const pkcs8 = (await crypto.subtle.exportKey("pkcs8", pair.privateKey)) as ArrayBuffer;
  const utf8 = new TextEncoder();
  return {
    publicPem: pem("PUBLIC KEY", spki),
    privatePem: pem("PRIVATE KEY", pkcs8),
    sign: async (text) =>
      toBase64(await crypto.subtle.sign(ALGORITHM, pair.privateKey, utf8.encode(text))),
    verify: (text, signature) =>
      crypto.subtle.verify(
        ALGORITHM,
        pair.publicKey,
        Uint8Array.from(atob(signature), (character) => character.charCodeAt(0)),
        utf8.encode(text),
      ),
  };
}

function pem(label: string, der: ArrayBuffer): string {
  const lines = toBase64(der).match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

function toBase64(bytes: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)));
}
