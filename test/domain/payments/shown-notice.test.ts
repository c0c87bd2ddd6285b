import { describe, expect, test } from "vitest";
import { showNotice } from "../../../src/domain/payments/shown-notice.ts";

const show = (body: string, query = "") =>
  showNotice({
    method: "POST",
    query,
    contentType: null,
    headers: new Map(),
    body: new TextEncoder().encode(body),
  });

describe("a notice that is shown", () => {
  test.each([
    [
      "Stripe's",
      {
        id: "evt_1",
        type: "checkout.session.completed",
        data: {
          object: {
            id: "cs_1",
            client_secret: "cs_secret_1",
            amount_total: 1000,
            customer_details: { email: "a@b.example", name: "Ann", phone: "+8613800000000" },
          },
        },
      },
      ["evt_1", "checkout.session.completed", "cs_1", "1000"],
      ["cs_secret_1", "a@b.example", "Ann", "+86138"],
    ],
    [
      "PayPal's",
      {
        event_type: "PAYMENT.CAPTURE.COMPLETED",
        resource: {
          id: "C1",
          amount: { value: "10.00", currency_code: "USD" },
          payer: { email_address: "a@b.example", name: { given_name: "Ann" } },
        },
      },
      ["PAYMENT.CAPTURE.COMPLETED", "C1", "10.00", "USD"],
      ["a@b.example", "Ann"],
    ],
    [
      "WeChat's",
      { event_type: "TRANSACTION.SUCCESS", resource: { ciphertext: "c2VhbGVk", nonce: "n" } },
      ["TRANSACTION.SUCCESS"],
      ["c2VhbGVk"],
    ],
  ])("is %s facts of the money, and nobody's name or secret", (_, notice, shown, hidden) => {
    const { body } = show(JSON.stringify(notice));
    for (const text of shown) expect(body).toContain(text);
    for (const text of hidden) expect(body).not.toContain(text);
  });

  test("keeps the order and the form of a form, and masks what nobody has named", () => {
    const { body, query } = show(
      "trade_no=T1&buyer_logon_id=138%2A&sign=ab%2B",
      "pid=1&key=secret",
    );
    expect(body).toBe("trade_no=T1&buyer_logon_id=***&sign=ab%2B");
    expect(query).toBe("pid=1&key=***");
  });

  test.each([
    ["bytes that are no text", new Uint8Array([0xff, 0xfe])],
    ["half a document", new TextEncoder().encode('{"a":"secret"')],
    ["plain words", new TextEncoder().encode("secret words")],
  ])("shows nothing of %s but their number", (_, body) => {
    const raw = { method: "POST" as const, query: "", contentType: null, headers: new Map(), body };
    expect(showNotice(raw)).toMatchObject({ body: null, bodyBytes: body.byteLength });
  });

  test("masks a name that is not plain, and what lies too deep", () => {
    expect(show('{"a@b.example":{"id":"1"}}').body).toBe('{"***":{"id":"1"}}');
    expect(show(`${"[".repeat(40)}"id"${"]".repeat(40)}`).body).toContain("***");
  });
});
