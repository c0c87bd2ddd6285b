/** What a deployment says of its mail: variables and secrets of the Worker. */
export interface MailSettings {
  /** Names in the order in which they are tried: "smtp,resend". Empty: no mail leaves. */
  readonly MAIL_SENDERS: string;
  readonly MAIL_FROM: string;
  readonly SMTP_URL?: string | undefined;
  readonly RESEND_API_KEY?: string | undefined;
  /** Where Resend's API is; only tests say. */
  readonly RESEND_ORIGIN?: string | undefined;
}
