import type { MailSender } from "../flows/ports.ts";
import { systemClock } from "../platform/clock.ts";
import { catchMail } from "./mail-store.ts";

/** The sender of the development build: no mail leaves the machine. */
export function inboxSender(db: D1Database): MailSender {
  return {
    name: "inbox",
    async send(mail) {
      const seq = await catchMail(db, mail, systemClock.nowMs());
      return { kind: "sent", messageId: `<${seq}@inbox.localhost>` };
    },
  };
}
