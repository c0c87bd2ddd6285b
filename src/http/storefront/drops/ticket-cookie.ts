import { getCookie, setCookie } from "hono/cookie";
import { normalizeEmail } from "../../../domain/email.ts";
import { base64url, fromBase64 } from "../../../domain/encoding.ts";
import type { DropId } from "../../../domain/ids.ts";
import type { AppContext } from "../../env.ts";
import { isSecure } from "../visit.ts";

/** A place in line as a browser holds it: the ticket, and the address that it was made for. */
export interface HeldTicket {
  readonly ticket: string;
  /** As it was typed, in its one form: what the order will say. The ticket has only a digest of it. */
  readonly email: string;
}

/** Lines that a browser stands in at once; the oldest is let go. */
const TICKETS_MAX = 4;
const HELD_SECONDS = 31 * 24 * 3600;
const ENTRY = /^(kt1\.[\w.-]{1,196})~([\w-]{1,400})$/;

/** The ticket for this drop that this browser holds. Held is not proven: it is checked when used. */
export function heldTicket(c: AppContext, dropId: DropId): HeldTicket | null {
  return entries(c).find(({ ticket }) => isFor(ticket, dropId)) ?? null;
}

/**
 * Keeps it over a reload and in every tab. Scripts cannot read the cookie, other sites' requests do not
 * carry it, and over https no other host can set it (the __Host- prefix).
 */
export function holdTicket(c: AppContext, dropId: DropId, held: HeldTicket): void {
  const others = entries(c).filter(({ ticket }) => !isFor(ticket, dropId));
  const text = [held, ...others]
    .slice(0, TICKETS_MAX)
    .map(({ ticket, email }) => `${ticket}~${base64url(new TextEncoder().encode(email))}`)
    .join("|");
  setCookie(c, cookieName(c), text, {
    path: "/",
    maxAge: HELD_SECONDS,
    httpOnly: true,
    sameSite: "Lax",
    secure: isSecure(c),
  });
}

function entries(c: AppContext): HeldTicket[] {
  const parts = (getCookie(c, cookieName(c)) ?? "").split("|").slice(0, TICKETS_MAX);
  return parts.flatMap((part) => {
    const [, ticket, encoded] = ENTRY.exec(part) ?? [];
    const bytes = encoded === undefined ? null : fromBase64(encoded);
    const email = bytes === null ? null : normalizeEmail(new TextDecoder().decode(bytes));
    return ticket === undefined || email === null ? [] : [{ ticket, email }];
  });
}

/** A ticket names its drop in the clear, without the prefix of the id. */
function isFor(ticket: string, dropId: DropId): boolean {
  return ticket.split(".")[2] === dropId.slice("drop_".length);
}

function cookieName(c: AppContext): string {
  return isSecure(c) ? "__Host-kamidrop_ticket" : "kamidrop_ticket";
}
