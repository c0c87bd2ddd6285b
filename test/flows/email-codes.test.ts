import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { CODE_WINDOW_MS } from "../../src/domain/mail/email-code.ts";
import type { Off } from "../../src/domain/switches.ts";
import type { DropId } from "../../src/domain/ids.ts";
import { askForCode, isCode, sendCode } from "../../src/flows/buyers/email-codes.ts";
import type { CodeDue, Mail, MailOutcome, MailSender } from "../../src/flows/ports.ts";

const DROP = "drop_of_this_suite" as DropId;
const NOW_MS = Date.UTC(2026, 10, 11, 12, 5);

/** A shop whose mails are kept; "sealed" is readable here so that a test can look into a message. */
function world(answer: MailOutcome = { kind: "sent", messageId: "m" }) {
  const mails: Mail[] = [];
  const queue: CodeDue[] = [];
  const sender: MailSender = {
    name: "memory",
    send: async (mail) => {
      mails.push(mail);
      return answer;
    },
  };
  const deps = {
    vault: {
      digestText: async (purpose: string, text: string) =>
        createHmac("sha256", purpose).update(text).digest("base64url"),
      sealText: async (purpose: string, text: string) => btoa(`${purpose}|${text}`),
      openText: async (purpose: string, sealed: string) => {
        const [from, text = ""] = atob(sealed).split(/\|(.*)/s);
        if (from !== purpose) throw new Error("sealed for another purpose");
        return text;
      },
    },
    emailCodes: { send: async (messages: readonly CodeDue[]) => void queue.push(...messages) },
    mailSenders: [sender],
  };
  const ask = async (to: string, nowMs = NOW_MS) => {
    const request = { dropId: DROP, locale: "en" as const, to, productTitle: "Drop Key" };
    await askForCode(deps, request, nowMs);
    const message = queue.at(-1);
    if (message === undefined) throw new Error("nothing was asked for");
    return message;
  };
  return { deps, mails, queue, ask };
}

const codeIn = (mail: Mail | undefined) => /^\d{6}$/m.exec(mail?.text ?? "")?.[0] ?? "";

/** The code that was mailed to `email` at `nowMs`. */
async function mailedCode(email: string, nowMs = NOW_MS) {
  const { deps, mails, ask } = world();
  expect(await sendCode(deps, await ask(email, nowMs), nowMs)).toEqual({ kind: "sent" });
  return { deps, code: codeIn(mails[0]), mail: mails[0] };
}

describe("a code that was mailed", () => {
  it("goes to the address as it was given, and proves it", async () => {
    const { deps, code, mail } = await mailedCode("j.doe+shop@gmail.com");
    expect(mail?.to).toBe("j.doe+shop@gmail.com");
    const email = "j.doe+shop@gmail.com";
    expect(await isCode(deps.vault, { dropId: DROP, email, code }, NOW_MS)).toBe(true);
  });

  it("proves every spelling of the person, who has one place in line", async () => {
    const { deps, code } = await mailedCode("j.doe+shop@gmail.com");
    const email = "jdoe@gmail.com";
    expect(await isCode(deps.vault, { dropId: DROP, email, code }, NOW_MS)).toBe(true);
  });

  it("proves nobody else, no other drop, and no other code does", async () => {
    const email = "a@example.com";
    const { deps, code } = await mailedCode(email);
    const other = String((Number(code) + 1) % 1e6).padStart(6, "0");
    const asked = [
      { dropId: DROP, email: "b@example.com", code },
      { dropId: "drop_of_others" as DropId, email, code },
      { dropId: DROP, email, code: other },
      { dropId: DROP, email, code: "" },
    ];
    for (const one of asked) expect(await isCode(deps.vault, one, NOW_MS)).toBe(false);
  });

  it("is good for ten minutes at least, and no longer than twenty", async () => {
    const email = "a@example.com";
    for (const lateMs of [0, 1, CODE_WINDOW_MS - 1]) {
      const sentAtMs = NOW_MS - (NOW_MS % CODE_WINDOW_MS) + lateMs;
      const { deps, code } = await mailedCode(email, sentAtMs);
      const proves = (afterMs: number) =>
        isCode(deps.vault, { dropId: DROP, email, code }, sentAtMs + afterMs);
      expect(await proves(CODE_WINDOW_MS)).toBe(true);
      expect(await proves(2 * CODE_WINDOW_MS)).toBe(false);
    }
  });
});

describe("the message in the queue", () => {
  it("holds neither the address nor the code in the clear", async () => {
    const { deps, ask, mails } = world();
    const message = await ask("a@example.com");
    await sendCode(deps, message, NOW_MS);
    const { sealed, ...open } = message;
    expect(sealed).not.toContain("a@example.com");
    expect(JSON.stringify(open)).not.toContain("example");
    expect(JSON.stringify(message)).not.toContain(codeIn(mails[0]));
  });

  it("that comes twice is one mail by its id; who asks again gets another", async () => {
    const { deps, ask, mails } = world();
    const first = await ask("a@example.com");
    await sendCode(deps, first, NOW_MS);
    await sendCode(deps, first, NOW_MS + 1);
    await sendCode(deps, await ask("a@example.com", NOW_MS + 1_000), NOW_MS + 1_000);
    const ids = mails.map(({ id }) => id);
    expect(ids[0]).toBe(ids[1]);
    expect(new Set(ids).size).toBe(2);
  });

  it("that comes when nobody waits any more sends nothing", async () => {
    const { deps, ask, mails } = world();
    const message = await ask("a@example.com");
    expect(await sendCode(deps, message, NOW_MS + CODE_WINDOW_MS + 1)).toEqual({ kind: "late" });
    expect(mails).toEqual([]);
  });
});

describe("a sender that does not take it", () => {
  it("for now: it is tried again", async () => {
    const { deps, ask } = world({ kind: "refused", permanent: false, reason: "450" });
    const outcome = await sendCode(deps, await ask("a@example.com"), NOW_MS);
    expect(outcome).toMatchObject({ kind: "retrying", reason: "memory: 450" });
  });

  it("for good: it is not", async () => {
    const { deps, ask } = world({ kind: "refused", permanent: true, reason: "550" });
    const outcome = await sendCode(deps, await ask("a@example.com"), NOW_MS);
    expect(outcome).toMatchObject({ kind: "refused", reason: "memory: 550" });
  });

  it("because mail is switched off: it waits until it is on again", async () => {
    const { deps, ask, mails } = world();
    const message = await ask("a@example.com");
    const off = { ...deps, switches: { of: async () => ({ mail: true }) as Off } };
    expect(await sendCode(off, message, NOW_MS)).toMatchObject({ kind: "retrying" });
    expect(mails).toEqual([]);
    expect(await sendCode(deps, message, NOW_MS)).toEqual({ kind: "sent" });
  });

  it("because there is none: it waits for one", async () => {
    const { deps, ask } = world();
    const mute = { ...deps, mailSenders: [] };
    const outcome = await sendCode(mute, await ask("a@example.com"), NOW_MS);
    expect(outcome).toMatchObject({ kind: "retrying", reason: "no_sender" });
  });
});
