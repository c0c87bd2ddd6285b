import type { MailSettings } from "../../../src/adapters/mail/mail-settings.ts";
import { makeMailSenders } from "../../../src/adapters/mail/senders.ts";
import type { Mail } from "../../../src/flows/ports.ts";

/** What the test says over HTTP: settings as a deployment would have them, and one mail. */
export interface ProbeRequest {
  readonly settings: MailSettings;
  readonly mail: Mail;
  /** How long the invocation goes on after sending, as a consumer's does that has more mails to send. */
  readonly goOnMs?: number;
}

/** Sends by the first sender and answers with its outcome. */
export default {
  async fetch(request: Request): Promise<Response> {
    const { settings, mail, goOnMs = 0 } = await request.json<ProbeRequest>();
    const [sender] = makeMailSenders(settings);
    const outcome = sender === undefined ? null : await sender.send(mail);
    await scheduler.wait(goOnMs);
    return Response.json(outcome);
  },
};
