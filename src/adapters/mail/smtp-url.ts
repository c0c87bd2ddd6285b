import { err, ok, type Result } from "../../domain/result.ts";

export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /**
   * `implicit`: TLS from the first byte. `required`: STARTTLS or nothing. `offered`: STARTTLS where
   * the server has it, which whoever sits between may take away; so never with a password.
   */
  readonly tls: "implicit" | "required" | "offered";
  readonly credentials: { readonly user: string; readonly password: string } | null;
}

/**
 * `smtps://user:password@host[:465]` or `smtp://[user:password@]host[:587][?starttls=offered]`, user
 * and password percent-encoded. With a password, TLS is always required. The error names the part
 * that is wrong and never its value.
 */
export function parseSmtpUrl(text: string | undefined): Result<SmtpServer, string> {
  if (!text) return err("SMTP_URL is missing");
  if (!URL.canParse(text)) return err("SMTP_URL is not a URL");
  const url = new URL(text);
  const implicit = url.protocol === "smtps:";
  if (!implicit && url.protocol !== "smtp:") return err("SMTP_URL must be smtp:// or smtps://");
  if (url.hostname === "") return err("SMTP_URL has no host");
  const starttls = url.searchParams.get("starttls") ?? "required";
  if (starttls !== "required" && starttls !== "offered") {
    return err("SMTP_URL: starttls must be required or offered");
  }
  const credentials = decodeCredentials(url);
  if (credentials === "malformed") return err("SMTP_URL: user or password is not percent-encoded");
  return ok({
    // An IPv6 address stands in brackets in a URL and without them in a connection.
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? (implicit ? 465 : 587) : Number(url.port),
    tls: implicit ? "implicit" : credentials === null ? starttls : "required",
    credentials,
  });
}

function decodeCredentials(url: URL): SmtpServer["credentials"] | "malformed" {
  if (url.username === "") return null;
  try {
    return { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
  } catch {
    return "malformed";
  }
}
