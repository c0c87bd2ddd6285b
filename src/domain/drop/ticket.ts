import { base32Number, base64url, fromBase64, parseBase32Number } from "../encoding.ts";
import type { DropId } from "../ids.ts";
import { err, ok, type Result } from "../result.ts";
import type { Identity } from "./seed.ts";

/**
 * A ticket: the signed proof of a place in line. Nobody stores it but its holder. It is not a secret
 * that grants by itself: an order must come from the mailbox that it was made for.
 *
 *   kt1.<signing key's version>.<drop>.<identity>.<joined>.<expires>.<MAC>
 *
 * Times are milliseconds in base 32, the MAC is over all that stands before it. Every part has one
 * way to be written, so a ticket has one text.
 */

/** What a ticket says. */
export interface Ticket {
  readonly dropId: DropId;
  readonly identity: Identity;
  /** By the clock of the edge that made it. Before the opening: in the draw; after: first come, first served. */
  readonly joinedAtMs: number;
  readonly expiresAtMs: number;
}

/** The vault's part: it signs with its newest key and knows the MACs of all that are still listed. */
export interface TicketSigner {
  readonly ticketKeyVersion: string;
  /** MAC_BYTES of a MAC by the newest key. */
  signTicket(text: string): Promise<Uint8Array>;
  /** Constant-time; false for a version that is not listed. */
  isTicketMac(version: string, text: string, mac: Uint8Array): Promise<boolean>;
}

export type TicketRefusal =
  /** Not a ticket's form: nothing was checked. */
  | { reason: "ticket_malformed" }
  /** The form is right, the MAC is not. */
  | { reason: "ticket_forged" }
  | { reason: "ticket_of_other_drop" }
  | { reason: "ticket_of_other_identity" }
  | { reason: "ticket_expired"; expiredAtMs: number }
  /** Made by a clock that is ahead of ours by more than clocks may differ. */
  | { reason: "ticket_from_future"; joinedAtMs: number };

export const TICKET_CHARACTERS_MAX = 200;
/** 192 bits: beyond guessing, and whole base64url characters. */
const MAC_BYTES = 24;
/** How far the clocks of two edges may differ. */
export const CLOCK_SKEW_MS = 5_000;

const TIME_CHARACTERS = 9;
const BASE32 = "[0-9a-hjkmnp-tv-z]";
// Of an identity's last character four bits are padding, which must be zero: A, Q, g or w.
const TICKET = new RegExp(
  `^(kt1\\.([0-9a-z]{1,8})\\.(${BASE32}{20})\\.([\\w-]{21}[AQgw])\\.(${BASE32}{${TIME_CHARACTERS}})\\.(${BASE32}{${TIME_CHARACTERS}}))\\.([\\w-]{32})$`,
);
const DROP_PREFIX = "drop_";

/** Mints: one MAC, nothing stored. */
export async function mintTicket(signer: TicketSigner, ticket: Ticket): Promise<string> {
  const signed = [
    "kt1",
    signer.ticketKeyVersion,
    ticket.dropId.slice(DROP_PREFIX.length),
    ticket.identity,
    base32Number(ticket.joinedAtMs, TIME_CHARACTERS),
    base32Number(ticket.expiresAtMs, TIME_CHARACTERS),
  ].join(".");
  return `${signed}.${base64url(await signer.signTicket(signed))}`;
}

/** What a ticket must fit. `identity` null: whoever shows it is only told of its place. */
export interface TicketUse {
  readonly dropId: DropId;
  readonly identity: Identity | null;
  readonly nowMs: number;
}

/**
 * Reads and checks a ticket. Nothing of it is believed before its MAC; that it is another drop's is
 * said first, because that needs no MAC.
 */
export async function readTicket(
  signer: TicketSigner,
  text: string,
  use: TicketUse,
): Promise<Result<Ticket, TicketRefusal>> {
  const parsed = parseTicket(text);
  if (parsed === null) return err({ reason: "ticket_malformed" });
  const { ticket, version, signed, mac } = parsed;
  if (ticket.dropId !== use.dropId) return err({ reason: "ticket_of_other_drop" });
  if (!(await signer.isTicketMac(version, signed, mac))) return err({ reason: "ticket_forged" });
  if (use.identity !== null && ticket.identity !== use.identity) {
    return err({ reason: "ticket_of_other_identity" });
  }
  if (use.nowMs >= ticket.expiresAtMs) {
    return err({ reason: "ticket_expired", expiredAtMs: ticket.expiresAtMs });
  }
  if (ticket.joinedAtMs > use.nowMs + CLOCK_SKEW_MS) {
    return err({ reason: "ticket_from_future", joinedAtMs: ticket.joinedAtMs });
  }
  return ok(ticket);
}

interface ParsedTicket {
  readonly ticket: Ticket;
  readonly version: string;
  readonly signed: string;
  readonly mac: Uint8Array;
}

function parseTicket(text: string): ParsedTicket | null {
  if (text.length > TICKET_CHARACTERS_MAX) return null;
  const [, signed, version, drop, identity, joined, expires, macText] = TICKET.exec(text) ?? [];
  const joinedAtMs = parseBase32Number(joined ?? "");
  const expiresAtMs = parseBase32Number(expires ?? "");
  const mac = fromBase64(macText ?? "");
  if (signed === undefined || version === undefined || identity === undefined) return null;
  if (joinedAtMs === null || expiresAtMs === null || mac?.length !== MAC_BYTES) return null;
  const dropId = `${DROP_PREFIX}${drop}` as DropId;
  return { ticket: { dropId, identity, joinedAtMs, expiresAtMs }, version, signed, mac };
}
