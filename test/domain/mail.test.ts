import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LOCALES } from "../../src/domain/locale.ts";
import { MAIL_KEYS_MAX, writeMail, type MailContent } from "../../src/domain/mail.ts";
import type { OrderId } from "../../src/domain/ids.ts";

function content(changes: Partial<MailContent> = {}): MailContent {
  return {
    purpose: "keys",
    locale: "en",
    orderId: "ord_000007000000000000000000000" as OrderId,
    productTitle: "Starter key",
    variantTitle: null,
    quantity: 1,
    money: { amountMinor: 1000, currency: "CNY" },
    keys: [{ secret: "AAAA-BBBB", note: null }],
    keysTotal: 1,
    orderUrl: "https://shop.example.com/orders/ord_1?token=1_a&b",
    ...changes,
  };
}

function manyKeys(count: number): MailContent["keys"] {
  return Array.from({ length: count }, (_, n) => ({ secret: `KEY-${n}`, note: null }));
}

/** What a reader of the HTML sees: its text, entities undone. */
function visible(html: string): string {
  const entities: Record<string, string> = {
    "&lt;": "<",
    "&gt;": ">",
    "&quot;": '"',
    "&#39;": "'",
    "&amp;": "&",
  };
  return html
    .replace(/<style>.*?<\/style>/s, "")
    .replace(/<[^>]*>/g, "\n")
    .replace(/&(?:lt|gt|quot|#39|amp);/g, (entity) => entities[entity] ?? entity);
}

describe.each(LOCALES)("a mail in %s", (locale) => {
  it.each(["keys", "unfilled"] as const)(
    "for %s says what was bought, in both forms",
    (purpose) => {
      const keys = purpose === "keys" ? content().keys : [];
      const mail = writeMail(
        content({ locale, purpose, keys, keysTotal: keys.length, variantTitle: "30 days" }),
      );
      for (const form of [mail.text, visible(mail.html)]) {
        for (const fact of ["Starter key · 30 days", "ord_000007", "10.00"]) {
          expect(form).toContain(fact);
        }
        expect(form.includes("AAAA-BBBB")).toBe(purpose === "keys");
      }
      expect(mail.subject).toContain("Starter key");
      expect(mail.html).toContain(`lang="${locale}"`);
      expect(mail.text).not.toContain("undefined");
      expect(mail.html).not.toContain("undefined");
    },
  );

  it("lists two hundred keys, says how many more there are, and where", () => {
    const mail = writeMail(content({ locale, keys: manyKeys(1000), keysTotal: 1000 }));
    const listed = mail.text.split("\n").filter((line) => line.startsWith("KEY-"));
    expect(listed).toHaveLength(MAIL_KEYS_MAX);
    expect(mail.text).toContain(`${1000 - MAIL_KEYS_MAX} `);
    expect(visible(mail.html)).toContain(`${1000 - MAIL_KEYS_MAX} `);
    expect(mail.html.length).toBeLessThan(100_000);
  });
});

describe("what is data stays data", () => {
  it("any key is a line of the text and a text of the HTML, letter for letter", () => {
    const secret = fc
      .string({ unit: "grapheme", minLength: 1, maxLength: 200 })
      .filter((text) => !/[\r\n]/.test(text));
    fc.assert(
      fc.property(secret, fc.option(secret), (given, note) => {
        const mail = writeMail(content({ keys: [{ secret: given, note }] }));
        expect(mail.text.split("\n")).toContain(given);
        expect(visible(mail.html)).toContain(given);
        if (note !== null) expect(visible(mail.html)).toContain(note);
      }),
    );
  });

  it("no title, key, note or link opens a tag or ends an attribute", () => {
    const evil = `"><script>alert('x')</script><a href="`;
    const { html } = writeMail(
      content({
        productTitle: evil,
        variantTitle: evil,
        keys: [{ secret: evil, note: evil }],
        orderUrl: `https://shop.example.com/${evil}`,
      }),
    );
    expect(html).not.toContain("<script");
    expect(html.match(/<a /g)).toHaveLength(1);
    expect(html).toContain('href="https://shop.example.com/&quot;&gt;&lt;script&gt;');
  });

  it("a subject is one short line, whatever the title", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (productTitle) => {
        const { subject } = writeMail(content({ productTitle }));
        expect(subject).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
        expect(Array.from(subject).length).toBeLessThanOrEqual(120);
      }),
    );
  });
});

describe("the link to the order", () => {
  it("is in both forms, with a word that it is a secret", () => {
    const mail = writeMail(content());
    expect(mail.text).toContain("https://shop.example.com/orders/ord_1?token=1_a&b");
    expect(mail.html).toContain('href="https://shop.example.com/orders/ord_1?token=1_a&amp;b"');
    expect(mail.text).toContain("do not pass it on");
  });

  it("is left out where there is none, and nothing points to it", () => {
    const mail = writeMail(content({ orderUrl: null, keys: manyKeys(201), keysTotal: 201 }));
    expect(mail.text + mail.html).not.toMatch(/https?:|do not pass it on|order page/);
    expect(mail.text).toContain("look the order up by its number");
  });
});
