import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LOCALES } from "../../../src/domain/locale.ts";
import { MAIL_KEYS_MAX, writeMail, type MailContent } from "../../../src/domain/mail/mail.ts";
import { MAIL_STRINGS } from "../../../src/domain/mail/mail-text.ts";
import type { OrderId } from "../../../src/domain/ids.ts";

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
    goneBack: [],
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
  it.each(["keys", "unfilled", "refunded", "part_refunded"] as const)(
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

  it.each(["refunded", "part_refunded"] as const)(
    "tells each sum that went back: %s",
    (purpose) => {
      const goneBack = [300, 125].map((amountMinor) => ({ amountMinor, currency: "CNY" as const }));
      const mail = writeMail(content({ locale, purpose, keys: [], keysTotal: 0, goneBack }));
      for (const form of [mail.text, visible(mail.html)]) {
        expect(form).toContain("3.00");
        expect(form).toContain("1.25");
      }
      const keys = writeMail(content({ locale, goneBack }));
      expect(keys.text).not.toContain("1.25");
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

  it("has a sentence, and another one, for each thing that it says", () => {
    const said = sentences(MAIL_STRINGS[locale]);
    expect(said.filter((sentence) => /^(?:\s*|undefined)$/.test(sentence))).toEqual([]);
    // A heading may be the title of what it stands over.
    expect(new Set(said).size).toBeGreaterThanOrEqual(said.length - 1);
  });

  it("says each fact once, under its name", () => {
    const mail = writeMail(content({ locale, quantity: 3 }));
    const { product, quantity, amount, orderId } = MAIL_STRINGS[locale];
    const facts = mail.text.split("\n").filter((line) => /^[^:\s]+: (?!http)/.test(line));
    expect(facts.map((line) => line.split(": ")[0])).toEqual([product, quantity, amount, orderId]);
    expect(facts[1]).toBe(`${quantity}: 3`);
    for (const name of [product, quantity, amount, orderId]) {
      expect(visible(mail.html)).toContain(`\n${name}\n`);
    }
  });

  it.each(["keys", "unfilled", "refunded"] as const)(
    "for %s is in the order in which it is read",
    (purpose) => {
      const strings = MAIL_STRINGS[locale];
      const keys = purpose === "keys" ? [{ secret: "AAAA-BBBB", note: "a note" }] : [];
      const { subject, text, html } = writeMail(
        content({ locale, purpose, keys, keysTotal: purpose === "keys" ? 2 : 1 }),
      );
      const ofKeys = [
        strings.keys(2),
        "AAAA-BBBB",
        `${strings.note}: a note`,
        strings.moreOnPage(1),
      ];
      const parts = [
        strings.intro[purpose],
        strings.product,
        ...(purpose === "keys" ? ofKeys : []),
        strings.openOrder,
        strings.linkIsSecret,
        strings.footer,
      ];
      for (const form of [text, visible(html)]) inOrder(form, parts);
      inOrder(visible(html), [
        strings.heading[purpose],
        strings.heading[purpose],
        strings.intro[purpose],
      ]);
      expect(subject).toBe(strings.subject[purpose]("Starter key"));
      if (purpose === "unfilled") expect(text + visible(html)).not.toContain(strings.moreOnPage(1));
    },
  );
});

describe("a mail of few words", () => {
  const bare = content({ purpose: "unfilled", keys: [], keysTotal: 0, orderUrl: null });

  it("has in its text what there is, and nothing in place of what there is not", () => {
    const { intro, footer } = MAIL_STRINGS.en;
    const facts = ["Product: Starter key", "Quantity: 1", "Amount: ¥10.00"];
    const order = "Order: ord_000007000000000000000000000";
    const lines = [intro.unfilled, "", ...facts, order, "", footer, ""];
    expect(writeMail(bare).text.split("\n")).toEqual(lines);
  });

  it("has the same in its HTML", () => {
    const { heading, intro, product, quantity, amount, orderId, footer } = MAIL_STRINGS.en;
    const facts = [product, "Starter key", quantity, "1", amount, "¥10.00", orderId];
    expect(words(writeMail(bare).html)).toEqual([
      heading.unfilled,
      heading.unfilled,
      intro.unfilled,
      ...facts,
      "ord_000007000000000000000000000",
      footer,
    ]);
    const one = writeMail(content({ orderUrl: null })).html;
    const keys = ["Your key", "AAAA-BBBB", footer];
    expect(words(one).slice(-3)).toEqual(keys);
  });
});

describe("the text form", () => {
  it("sets off its parts by empty lines, and a note under its key", () => {
    const keys = [
      { secret: "A", note: "for a friend" },
      { secret: "B", note: null },
    ];
    const { text } = writeMail(content({ keys, keysTotal: 3, quantity: 3 }));
    const { intro, moreOnPage, openOrder, linkIsSecret, footer } = MAIL_STRINGS.en;
    expect(text.split("\n")).toEqual([
      intro.keys,
      "",
      "Product: Starter key",
      "Quantity: 3",
      "Amount: ¥10.00",
      "Order: ord_000007000000000000000000000",
      "",
      "Your 3 keys:",
      "",
      "A",
      "    Note: for a friend",
      "B",
      "",
      moreOnPage(1),
      "",
      `${openOrder}: https://shop.example.com/orders/ord_1?token=1_a&b`,
      linkIsSecret,
      "",
      footer,
      "",
    ]);
  });

  it("speaks of one key and of many as English does", () => {
    const { keys, more, moreOnPage } = MAIL_STRINGS.en;
    expect([keys(1), keys(2)]).toEqual(["Your key", "Your 2 keys"]);
    for (const rest of [more, moreOnPage]) {
      expect(rest(1)).toMatch(/^1 more key is /);
      expect(rest(2)).toMatch(/^2 more keys are /);
    }
  });
});

describe("the HTML form", () => {
  const { html } = writeMail(
    content({ keys: [{ secret: "A", note: "n" }], keysTotal: 2, variantTitle: "30 days" }),
  );

  it("opens and closes each element in turn", () => {
    const open: string[] = [];
    for (const [, closing, name = ""] of html.matchAll(/<(\/?)(\w+)[^>]*>/g)) {
      if (closing === "/") expect(open.pop()).toBe(name);
      else if (name !== "meta") open.push(name);
    }
    expect(open).toEqual([]);
  });

  it("has a style wherever it names one, with a colour beside each background", () => {
    const styles = [...html.matchAll(/style="([^"]*)"/g)].map(([, style]) => style ?? "");
    expect(styles.length).toBeGreaterThan(10);
    for (const style of styles) {
      expect(style).not.toMatch(/^$|:(?:;|$)/);
      if (style.includes("background:")) expect(style).toMatch(/(?:^|;)color:/);
    }
    expect(html).toMatch(/<style>@media \(prefers-color-scheme:dark\).+<\/style>/);
  });

  it("has no element for what there is not", () => {
    const bare = writeMail(content({ keys: [], keysTotal: 0, orderUrl: null })).html;
    expect(bare).not.toMatch(/<h2|<a |<div/);
    const whole = writeMail(content()).html;
    expect(whole.match(/<div/g)).toBeNull();
    expect(visible(whole)).not.toContain("more key");
    expect(whole).toContain("</table>\n<p");
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

  it.each([
    ["a\r\nBcc: b", "a Bcc: b"],
    [" \u2028a\u2029\tb\n", "a b"],
    ["字".repeat(80), "字".repeat(80)],
    ["🎮".repeat(81), `${"🎮".repeat(79)}…`],
  ])("a title in a subject is one line that is cut where it must be: %j", (productTitle, shown) => {
    expect(writeMail(content({ productTitle })).subject).toBe(`Your keys: ${shown}`);
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

function sentences(strings: object): string[] {
  return Object.values(strings).flatMap((value: unknown) => {
    if (typeof value === "string") return [value];
    if (typeof value === "function") return [String(value(2))];
    return typeof value === "object" && value !== null ? sentences(value) : [];
  });
}

/** Each piece of text that a reader of the HTML sees. */
function words(html: string): string[] {
  return visible(html)
    .split("\n")
    .filter((line) => line !== "");
}

function inOrder(text: string, parts: readonly string[]): void {
  let from = 0;
  for (const part of parts) {
    const at = text.indexOf(part, from);
    expect(at, `${part}, after ${from} of ${text}`).toBeGreaterThanOrEqual(from);
    from = at + part.length;
  }
}
