import type { MailSender } from "../flows/ports.ts";
import { systemClock } from "../platform/clock.ts";
import { catchMail, type MailBox } from "./mail-store.ts";

/** The sender of the development build: no mail leaves the machine. */
export function inboxSender(box: MailBox): MailSender {
  return {
    name: "inbox",
    async send(mail) {
      const seq = await catchMail(box, mail, systemClock.nowMs());
      return { kind: "sent", messageId: `<${seq}@inbox.localhost>` };
    },
  };
}
