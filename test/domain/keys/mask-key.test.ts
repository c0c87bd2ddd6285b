import fc from "fast-check";
import { expect, it } from "vitest";
import { maskKey } from "../../../src/domain/keys/mask-key.ts";

it("a mask shows the end of a long key and nothing of a short one", () => {
  expect(maskKey("KMD-J5B5Y-3D8BM-N4K72")).toBe("••••4K72");
  expect(maskKey("956")).toBe("••••");
  expect(maskKey("123456789012345")).toBe("••••");
  expect(maskKey("1234567890123456")).toBe("••••3456");
});

it("a mask never shows more than a quarter of a key", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (key) => {
      const shown = Array.from(maskKey(key)).length - "••••".length;
      expect(shown * 4).toBeLessThanOrEqual(Array.from(key).length);
    }),
  );
});
