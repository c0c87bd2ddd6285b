import { expect, test } from "vitest";
import { base64, base64url } from "../../src/domain/encoding.ts";

test("base64url is base 64 in the other alphabet here, too, where the engine writes it", () => {
  for (let length = 0; length < 100; length++) {
    const bytes = crypto.getRandomValues(new Uint8Array(length));
    const plain = base64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
    expect(base64url(bytes)).toBe(plain);
  }
});
