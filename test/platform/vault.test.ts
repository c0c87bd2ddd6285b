import { describe, expect, it } from "vitest";
import type { MerchantId, OrderId, ProductId } from "../../src/domain/ids.ts";
import { parseSecrets } from "../../src/platform/secrets.ts";
import { makeVault } from "../../src/platform/vault.ts";

const secret = (character: string) => btoa(character.repeat(32));
const OLD = `1:${secret("a")}`;
const ROTATED = `2:${secret("b")},${OLD}`;
const vault = makeVault({ sealing: OLD, tokens: OLD, identity: OLD });
const rotated = makeVault({ sealing: ROTATED, tokens: ROTATED, identity: OLD });

const MERCHANT = "mer_1" as MerchantId;
const PRODUCT = "prd_1" as ProductId;
const OTHER_PRODUCT = "prd_2" as ProductId;
const ORDER = "ord_1" as OrderId;

async function sealOne(by: typeof vault, plain: string) {
  const [sealed] = await by.sealKeys(MERCHANT, PRODUCT, [plain]);
  if (sealed === undefined) throw new Error("nothing was sealed");
  return sealed;
}

describe("sealed keys", () => {
  it.each(["KMD-1", "<b>x</b>'; DROP", "账号----密码 🔑", "x".repeat(4096)])(
    "open to what was sealed: %.12s",
    async (plain) => {
      const sealed = await sealOne(vault, plain);
      expect(await vault.openKey(PRODUCT, sealed)).toBe(plain);
      expect(sealed.sealed).not.toContain(plain);
    },
  );

  it("that were sealed by the first release open, and have the fingerprint that they had", async () => {
    const fingerprint = "RFDJO2X_OFDUU9YwTBavKQ";
    const sealed = "1.dcnXxer_skTTKavMJJqmpd73bRaH78LmOIZ7hav_HcBE0_cLN_fZYw";
    expect(await vault.openKey(PRODUCT, { sealed, fingerprint })).toBe("KMD-1 密钥");
    expect((await sealOne(vault, "KMD-1 密钥")).fingerprint).toBe(fingerprint);
  });

  it("of one call each open to their own, under a nonce of their own", async () => {
    const plain = Array.from({ length: 1_000 }, (_, n) => `KMD-${n}`);
    const sealed = await vault.sealKeys(MERCHANT, PRODUCT, plain);
    expect(await Promise.all(sealed.map((key) => vault.openKey(PRODUCT, key)))).toEqual(plain);
    // "1." and the 16 characters of a nonce.
    expect(new Set(sealed.map((key) => key.sealed.slice(0, 18))).size).toBe(plain.length);
    expect(new Set(sealed.map((key) => key.fingerprint)).size).toBe(plain.length);
  });

  it("two sealings of one key differ, and their fingerprint does not", async () => {
    const [a, b] = [await sealOne(vault, "KMD-1"), await sealOne(vault, "KMD-1")];
    expect(a.sealed).not.toBe(b.sealed);
    expect(a.fingerprint).toBe(b.fingerprint);
  });

  it("the same key of another merchant has another fingerprint", async () => {
    const [other] = await vault.sealKeys("mer_2" as MerchantId, PRODUCT, ["KMD-1"]);
    expect(other?.fingerprint).not.toBe((await sealOne(vault, "KMD-1")).fingerprint);
  });

  it("do not open for another product, under another fingerprint, or altered", async () => {
    const key = await sealOne(vault, "KMD-1");
    const other = await sealOne(vault, "KMD-2");
    await expect(vault.openKey(OTHER_PRODUCT, key)).rejects.toThrow();
    await expect(
      vault.openKey(PRODUCT, { ...key, fingerprint: other.fingerprint }),
    ).rejects.toThrow();
    const altered = key.sealed.replace(/.$/, (last) => (last === "A" ? "B" : "A"));
    await expect(
      vault.openKey(PRODUCT, { ...key, sealed: `${altered.slice(0, -2)}xx` }),
    ).rejects.toThrow();
  });

  it("open after a rotation, and what is sealed then names the new version", async () => {
    const before = await sealOne(vault, "KMD-1");
    expect(await rotated.openKey(PRODUCT, before)).toBe("KMD-1");
    const after = await sealOne(rotated, "KMD-1");
    expect(after.sealed.startsWith("2.")).toBe(true);
    await expect(vault.openKey(PRODUCT, after)).rejects.toThrow("version 2");
  });
});

describe("access tokens", () => {
  it("are their order's, and stay good after a rotation", async () => {
    const token = await vault.accessToken(ORDER);
    expect(await vault.isAccessToken(ORDER, token)).toBe(true);
    expect(await rotated.isAccessToken(ORDER, token)).toBe(true);
    expect(await vault.isAccessToken("ord_2" as OrderId, token)).toBe(false);
  });

  it.each(["", "1_", "_", "1", "2_AAAA", "nonsense", "1_%%%", `1_${"A".repeat(32)}`])(
    "%j is nobody's",
    async (token) => {
      expect(await vault.isAccessToken(ORDER, token)).toBe(false);
    },
  );
});

describe("names and look-ups", () => {
  it("an order is named by product, e-mail and key together", async () => {
    const digest = async (product: ProductId, email: string, key: string) =>
      (await vault.orderDigest(product, email, key)).join();
    const names = [
      await digest(PRODUCT, "a@x.io", "k"),
      await digest(OTHER_PRODUCT, "a@x.io", "k"),
      await digest(PRODUCT, "b@x.io", "k"),
      await digest(PRODUCT, "a@x.io", "l"),
    ];
    expect(new Set(names).size).toBe(4);
    expect(await digest(PRODUCT, "a@x.io", "k")).toBe(names[0]);
  });

  it("text sealed for one purpose opens for no other", async () => {
    const sealed = await vault.sealText("credentials:1", "{}");
    expect(await vault.openText("credentials:1", sealed)).toBe("{}");
    await expect(vault.openText("credentials:2", sealed)).rejects.toThrow();
  });
});

describe("secrets of a deployment", () => {
  it.each([
    undefined,
    "",
    "abc",
    "1:short",
    `1:${secret("a")},1:${secret("b")}`,
    `:${secret("a")}`,
  ])("%j is refused by name and never shown", (text) => {
    expect(() => parseSecrets("SEALING_KEYS", text)).toThrow(/^SEALING_KEYS /);
    if (text !== undefined && text.length > 3) {
      expect(() => parseSecrets("SEALING_KEYS", text)).not.toThrow(text);
    }
  });

  it("are listed newest first", () => {
    expect(parseSecrets("S", ROTATED).map(({ version }) => version)).toEqual(["2", "1"]);
  });
});
