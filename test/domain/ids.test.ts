import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { credentialsPurpose } from "../../src/domain/payments/credentials-purpose.ts";
import { GENERATED_KEY_BYTES, generatedKey } from "../../src/domain/keys/generated-key.ts";
import {
  deliveryId,
  ID_BYTES,
  isId,
  keyId,
  newId,
  orderId,
  orderIdRange,
  parseKeyId,
  parseOrderId,
  type AccountId,
} from "../../src/domain/ids.ts";

const KINDS = ["merchant", "product", "account", "token", "batch", "notice"] as const;
const random = fc.uint8Array({ minLength: ID_BYTES, maxLength: ID_BYTES });
const stockNumber = fc.nat(32 ** 6 - 1);
const digest = fc.uint8Array({ minLength: 16, maxLength: 16 });

describe("a random id", () => {
  test("is of its kind and of no other", () => {
    fc.assert(
      fc.property(random, (given) => {
        for (const kind of KINDS) {
          const id = newId(kind, given);
          expect(KINDS.filter((other) => isId(other, id))).toEqual([kind]);
        }
      }),
    );
  });

  test("begins with the name of its kind", () => {
    const prefixes = KINDS.map((kind) => newId(kind, new Uint8Array(ID_BYTES)).split("_")[0]);
    expect(prefixes).toEqual(["mer", "prd", "acct", "tok", "kb", "ntc"]);
  });

  test("has a hundred bits, all that the caller gave for it", () => {
    const id = newId("token", new Uint8Array(ID_BYTES).fill(255));
    expect(id).toBe(`tok_${"z".repeat(20)}`);
    expect(() => newId("token", new Uint8Array(ID_BYTES - 1))).toThrow();
  });

  test("is not one that is longer, shorter, or named otherwise", () => {
    const id = newId("token", new Uint8Array(ID_BYTES));
    for (const other of [`${id}0`, id.slice(0, -1), `mer${id.slice(3)}`, ""]) {
      expect(isId("token", other)).toBe(false);
    }
  });
});

describe("an order's id", () => {
  test("is 32 characters that every gateway takes, and names its product", () => {
    fc.assert(
      fc.property(stockNumber, digest, (number, given) => {
        const id = orderId(number, given);
        expect(id).toMatch(/^ord_[0-9a-z]{28}$/);
        expect(parseOrderId(id)).toEqual({ id, stockNumber: number });
      }),
    );
  });

  test("is another for another digest of 110 bits", () => {
    const digestOf = (place: number): Uint8Array => {
      const given = new Uint8Array(16);
      given[place] = 4;
      return given;
    };
    const ids = Array.from({ length: 14 }, (_, place) => orderId(7, digestOf(place)));
    expect(new Set(ids).size).toBe(14);
  });

  test("lies within the range of its stock object, and no other object's does", () => {
    fc.assert(
      fc.property(stockNumber, stockNumber, digest, (own, other, given) => {
        const { after, before } = orderIdRange(own);
        const id: string = orderId(other, given);
        expect(after < id && id < before).toBe(own === other);
        const mine: string = orderId(own, given);
        expect(after < mine && mine < before).toBe(true);
      }),
    );
  });

  test("is nothing with a character more, less or other, before or after", () => {
    const id = orderId(7, new Uint8Array(16));
    const others = [`x${id}`, `${id}0`, id.slice(0, -1), id.toUpperCase(), `${id.slice(0, -1)}u`];
    const odd = [`ord_u${id.slice(5)}`, `key_${id.slice(4)}`, "", `${id}\n`];
    for (const text of [...others, ...odd]) expect(parseOrderId(text)).toBeNull();
  });
});

describe("a key's id", () => {
  test("names its product and its row", () => {
    fc.assert(
      fc.property(stockNumber, fc.nat(), (number, row) => {
        expect(parseKeyId(keyId(number, row))).toEqual({ stockNumber: number, row });
      }),
    );
  });

  test("is as short as its row allows", () => {
    expect(keyId(7, 1)).toBe("key_0000071");
    expect(keyId(7, 32)).toBe("key_00000710");
    expect(keyId(7, 0)).toBe("key_0000070");
  });

  test("is nothing without a row, or with a character that is none of ours", () => {
    const others = ["key_000007", "xkey_0000071", "key_0000071u", "key_00000u1", "ord_0000071"];
    for (const text of [...others, `key_000007${"1".repeat(11)}`, "key_0000071\n"]) {
      expect(parseKeyId(text)).toBeNull();
    }
    expect(parseKeyId(`key_000007${"z".repeat(10)}`)?.row).toBe(32 ** 10 - 1);
  });
});

test("a delivery's id is one per order, purpose and round", () => {
  const id = orderId(7, new Uint8Array(16));
  expect(deliveryId(id, "keys", 2)).toBe(`dlv_${id.slice(4)}_keys_2`);
});

test("credentials are sealed for one account", () => {
  expect(credentialsPurpose("acct_a" as AccountId)).toBe("credentials:acct_a");
});

test("a generated key is five groups of five characters that a person can type", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: GENERATED_KEY_BYTES, maxLength: GENERATED_KEY_BYTES }),
      (given) => {
        expect(generatedKey(given)).toMatch(/^(?:[0-9A-HJKMNP-TV-Z]{5}-){4}[0-9A-HJKMNP-TV-Z]{5}$/);
      },
    ),
  );
});
