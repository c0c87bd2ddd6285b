import { describe, expect, it } from "vitest";
import { CODE_MAIL_STRINGS, writeCodeMail } from "../../../src/domain/mail/code-mail.ts";
import { LOCALES } from "../../../src/domain/locale.ts";

describe.each(LOCALES)("a mail with a code, in %s", (locale) => {
  const mail = writeCodeMail({
    locale,
    code: "012345",
    productTitle: "Drop <Key>\n2",
    minutes: 10,
  });

  it("has the code in its subject, and on a line of its own", () => {
    expect(mail.subject).toContain("012345");
    expect(mail.text.split("\n")).toContain("012345");
    expect(mail.html).toContain(">012345</p>");
  });

  it("says what it is for, how long it is good, and that it is nobody else's", () => {
    const strings = CODE_MAIL_STRINGS[locale];
    expect(mail.text).toContain(strings.intro("Drop <Key> 2"));
    expect(mail.text).toContain(strings.validity(10));
    expect(mail.text).toContain(strings.footer);
    expect(mail.html).toContain(`lang="${locale}"`);
  });

  it("takes a title as data: no line break in the subject, no markup in the page", () => {
    expect(mail.subject).not.toMatch(/[\r\n]/);
    expect(mail.html).toContain("Drop &lt;Key&gt; 2");
    expect(mail.html).not.toContain("<Key>");
  });

  it("links nowhere: a mail with a code that leads somewhere teaches people to be phished", () => {
    expect(mail.html).not.toMatch(/href|src=/);
    expect(mail.text).not.toContain("http");
  });
});
