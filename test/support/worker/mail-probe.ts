import { makeMailSenders, type MailSettings } from "../../../src/adapters/mail/senders.ts";
import type { Mail } from "../../../src/flows/ports.ts";

/** What the test says over HTTP: settings as a deployment would have them, and one mail. */
export interface ProbeRequest {
  readonly settings: MailSettings;
  readonly mail: Mail;
}

/** Sends by the first sender and answers with its outcome. */
export default {
  async fetch(request: Request): Promise<Response> {
    const { settings, mail } = await request.json<ProbeRequest>();
    const [sender] = makeMailSenders(settings);
    return Response.json(sender === undefined ? null : await sender.send(mail));
  },
};
