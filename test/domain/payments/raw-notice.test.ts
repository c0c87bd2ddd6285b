import { describe, expect, test } from "vitest";
import {
  packNotice,
  unpackNotice,
  type RawNotice,
} from "../../../src/domain/payments/raw-notice.ts";

const NOTICE: RawNotice = {
  method: "POST",
  query: "a=%E4%BC%9A&b",
  contentType: "application/json",
  headers: new Map([
    ["wechatpay-signature", "c2lnbg=="],
    ["cookie", "session=1"],
  ]),
  body: new Uint8Array([0, 255, 10, 13, 123]),
};

describe("a notice that is kept for a replay", () => {
  test("comes back byte by byte, with its time and the headers that are signed", () => {
    const packed = packNotice(NOTICE, 1_700_000_000_123, 1_000);
    expect(unpackNotice(packed ?? "")).toEqual({
      ...NOTICE,
      headers: new Map([["wechatpay-signature", "c2lnbg=="]]),
      receivedAtMs: 1_700_000_000_123,
    });
  });

  test("is kept whole or not at all", () => {
    const length = NOTICE.query.length + NOTICE.body.length;
    expect(packNotice(NOTICE, 0, length)).not.toBeNull();
    expect(packNotice(NOTICE, 0, length - 1)).toBeNull();
    const headers = new Map([["stripe-signature", "x".repeat(1_000)]]);
    expect(packNotice({ ...NOTICE, headers }, 0, 100)).toBeNull();
  });
});
