import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  certificateSerial,
  privateKeyDer,
  publicKeyDer,
} from "../../src/adapters/payments/signatures/der.ts";
import { makeSign, makeVerify } from "../../src/adapters/payments/signatures/rsa.ts";

const certificates = join(import.meta.dirname, "../data/certificates");
const pem = (name: string) => readFileSync(join(certificates, name), "utf8");

const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const elliptic = generateKeyPairSync("ec", { namedCurve: "P-256" });

function bytesOf(key: KeyObject, type: "spki" | "pkcs8" | "pkcs1"): Buffer {
  return key.export({ format: "der", type: type as "pkcs1" });
}

function pemOf(key: KeyObject, type: "spki" | "pkcs8" | "pkcs1"): string {
  return key.export({ format: "pem", type: type as "pkcs1" }).toString();
}

const bare = (text: string) => text.replaceAll(/-----[^-]+-----|\n/g, "");
const windows = (text: string) => text.replaceAll("\n", "\r\n");

describe("a public key, as gateways give it", () => {
  const spki = bytesOf(publicKey, "spki");
  test.each([
    ["PEM", pemOf(publicKey, "spki")],
    ["PEM with Windows' line ends", windows(pemOf(publicKey, "spki"))],
    ["base 64 alone", bare(pemOf(publicKey, "spki"))],
    ["PEM of PKCS #1", pemOf(publicKey, "pkcs1")],
    ["base 64 of PKCS #1", bare(pemOf(publicKey, "pkcs1"))],
  ])("is the same key from %s", (_, text) => {
    expect(Buffer.from(publicKeyDer(text) ?? []).equals(spki)).toBe(true);
  });

  test("is the one in a certificate, whose serial number is read as WeChat writes it", () => {
    const expected = publicKeyDer(pem("rsa-2048-public-key.pem"));
    expect(publicKeyDer(pem("rsa-2048.pem"))).toEqual(expected);
    expect(expected).not.toBeNull();
    expect(certificateSerial(pem("rsa-2048.pem"))).toBe("01A2B3C4D5E6F708");
    expect(certificateSerial(pemOf(publicKey, "spki"))).toBeNull();
  });

  test.each([
    ["nothing", ""],
    ["a private key", pemOf(privateKey, "pkcs8")],
    ["a key of another kind", pemOf(elliptic.publicKey, "spki")],
    ["a certificate of another kind", pem("p-256.pem")],
    ["half a key", bare(pemOf(publicKey, "spki")).slice(0, 200)],
    ["a key and more", bare(pemOf(publicKey, "spki")).slice(0, -4) + "AAAAAAAA"],
    ["text", "hello, I am a key and certainly long enough"],
  ])("is not %s", (_, text) => {
    expect(publicKeyDer(text)).toBeNull();
  });
});

describe("a private key, as gateways' tools make it", () => {
  const pkcs8 = bytesOf(privateKey, "pkcs8");
  test.each([
    ["PEM", pemOf(privateKey, "pkcs8")],
    ["base 64 alone", bare(pemOf(privateKey, "pkcs8"))],
    ["PEM of PKCS #1", pemOf(privateKey, "pkcs1")],
    ["base 64 of PKCS #1", bare(pemOf(privateKey, "pkcs1"))],
  ])("is the same key from %s", (_, text) => {
    expect(Buffer.from(privateKeyDer(text) ?? []).equals(pkcs8)).toBe(true);
  });

  test.each([
    ["a public key", pemOf(publicKey, "spki")],
    ["a key of another kind", pemOf(elliptic.privateKey, "pkcs8")],
    ["a certificate", pem("rsa-2048.pem")],
    [
      "an encrypted key",
      privateKey.export({ format: "pem", type: "pkcs8", cipher: "aes-256-cbc", passphrase: "x" }),
    ],
  ])("is not %s", (_, text) => {
    expect(privateKeyDer(text.toString())).toBeNull();
  });

  test("signs what its public key verifies, and nothing else verifies", async () => {
    const sign = makeSign(pemOf(privateKey, "pkcs1"));
    const verify = makeVerify(pemOf(publicKey, "pkcs1"));
    const signature = await sign("入门密钥");
    expect(await verify("入门密钥", signature)).toBe(true);
    expect(await verify("入门密", signature)).toBe(false);
    for (const wrong of [
      "",
      "A",
      signature.slice(4),
      `${signature.slice(0, -8)}AAAAAA==`,
      "=".repeat(344),
    ]) {
      expect(await verify("入门密钥", wrong)).toBe(false);
    }
  });
});
