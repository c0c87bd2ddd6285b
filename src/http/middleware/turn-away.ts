import { createMiddleware } from "hono/factory";
import { UNKNOWN_NETWORK } from "../../domain/network/caller.ts";
import { RUSH } from "../../domain/limits/limit-rules.ts";
import { STATEMENT_BYTES_MAX } from "../../domain/statements/statement.ts";
import { callerNetwork } from "../caller.ts";
import type { AppContext, AppEnv } from "../env.ts";
import { refuseTooMany, sayStanding } from "../limits.ts";
import { Refused } from "../problem.ts";

const READS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** All of these are far above what browsers and our own pages send. */
const ADDRESS_CHARACTERS_MAX = 4_096;
export const COOKIE_CHARACTERS_MAX = 8_192;
const HEADERS_MAX = 100;
const HEADER_CHARACTERS_MAX = 32_768;
const BODY_BYTES_MAX = 64 * 1024;
/** Keys are imported in parts of 8 MiB. */
const ADMIN_BODY_BYTES_MAX = 9 * 1024 * 1024;
/** A gateway's statement is read while it comes in, and never held. */
const STATEMENTS = "/admin/api/v1/reconciliations";

/** Control characters and slashes that would only show once somebody decodes them. */
const UNCLEAN = /[\p{Cc}\\]|%(?:[01][0-9a-f]|2f|5c|7f)/iu;
/** A name or an address, and a port (RFC 9110 §7.2): nothing that would make another address of ours. */
const HOST = /^(?:[\w.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;
const NOTICES = "/payments/";

/**
 * Turns away what no honest client sends, before anything is read, looked up or asked: by its address, its
 * headers, its length, and the rate of its network. A method that no address knows is for the address to refuse,
 * which says what it answers to; on its way there it counts as a write. What gateways send is turned away only for
 * what no gateway sends either; how much, and how often, is their own route's matter: a notice is never
 * limited before its signature is checked.
 */
export const turnAway = createMiddleware<AppEnv>((c, next) => {
  const { method, path } = c.req;
  if (UNCLEAN.test(path)) throw new Refused("invalid_path");
  const host = c.req.header("host");
  if (host !== undefined && !HOST.test(host)) {
    throw new Refused("invalid_header", { errors: [{ path: "host", message: "names no host" }] });
  }
  if (path.startsWith(NOTICES)) return next();

  if (c.req.url.length > ADDRESS_CHARACTERS_MAX) {
    throw new Refused("uri_too_long", { limit_characters: ADDRESS_CHARACTERS_MAX });
  }
  if ((c.req.header("cookie")?.length ?? 0) > COOKIE_CHARACTERS_MAX) {
    throw new Refused("headers_too_large", {
      header: "cookie",
      limit_characters: COOKIE_CHARACTERS_MAX,
    });
  }
  if (!READS.has(method)) turnAwayWrite(c, path);
  return next();
});

function bodyBytesMax(path: string): number {
  if (path === STATEMENTS) return STATEMENT_BYTES_MAX;
  return path.startsWith("/admin/") ? ADMIN_BODY_BYTES_MAX : BODY_BYTES_MAX;
}

/** A page that is read costs little and may be in a cache; what writes is looked at more closely. */
function turnAwayWrite(c: AppContext, path: string): void {
  const network = callerNetwork(c);
  if (network !== UNKNOWN_NETWORK) {
    const standing = c.get("deps").limits.takeHere({ rule: RUSH, key: network });
    if (!standing.allowed) {
      sayStanding(c, [standing]);
      refuseTooMany(standing);
    }
  }
  const limit = bodyBytesMax(path);
  if (Number(c.req.header("content-length") ?? 0) > limit) {
    throw new Refused("body_too_large", { limit_bytes: limit });
  }
  let headers = 0;
  let characters = 0;
  for (const [name, value] of c.req.raw.headers) {
    headers++;
    characters += name.length + value.length;
  }
  if (headers > HEADERS_MAX || characters > HEADER_CHARACTERS_MAX) {
    throw new Refused("headers_too_large", {
      limit_headers: HEADERS_MAX,
      limit_characters: HEADER_CHARACTERS_MAX,
    });
  }
}
