import { UNKNOWN_NETWORK } from "../network/caller.ts";
import { canonicalEmail } from "../email.ts";
import type { MerchantId } from "../ids.ts";
import type { Limit, Taken } from "./limit.ts";
import type { ShopSettings } from "../settings/shop-settings.ts";

/**
 * A limit that has a name, and how strictly it is counted. An isolate counts by itself, and lets fewer than
 * `unreportedMax` in a window through before it asks the rate limiter (an object that counts for the whole
 * world): 1 asks each time, Infinity never.
 */
export interface LimitRule extends Limit {
  /** Stands in the RateLimit fields: lower case, digits and hyphens. */
  readonly name: string;
  readonly unreportedMax: number;
}

const MINUTE_MS = 60_000;
/**
 * The share of a quota, and of its rate, that an isolate may let through on its own word: an ordinary buyer
 * is answered from memory, and n isolates are over by n shares at most.
 */
const OWN_SHARE = 1 / 8;

function loosely(name: string, perMinute: number): LimitRule {
  const unreportedMax = Math.max(1, Math.floor(perMinute * OWN_SHARE));
  return { name, quota: perMinute, windowMs: MINUTE_MS, unreportedMax };
}

function strictly(name: string, perMinute: number): LimitRule {
  return { name, quota: perMinute, windowMs: MINUTE_MS, unreportedMax: 1 };
}

function strictlyIn(name: string, quota: number, minutes: number): LimitRule {
  return { name, quota, windowMs: minutes * MINUTE_MS, unreportedMax: 1 };
}

function here(name: string, quota: number, windowMs: number): LimitRule {
  return { name, quota, windowMs, unreportedMax: Number.POSITIVE_INFINITY };
}

/** The two sides of whoever asks for something of a shop. */
export interface RulesOfAct {
  readonly network: LimitRule;
  readonly email: LimitRule;
}

type Settings = ShopSettings["limits"];

export function orderRules(settings: Settings): RulesOfAct {
  return {
    network: loosely("order-network", settings.ordersPerNetwork),
    email: loosely("order-email", settings.ordersPerEmail),
  };
}

/**
 * Strict for the mailbox, because a look-up that is right answers with access tokens. Not for the network:
 * ten thousand places that ask once each must not cost ten thousand calls of an object.
 */
export function lookUpRules(settings: Settings): RulesOfAct {
  return {
    network: loosely("look-up-network", settings.lookUpsPerNetwork),
    email: strictly("look-up-email", settings.lookUpsPerEmail),
  };
}

/**
 * Of a mailbox each isolate counts by itself: more tickets of one are worth nothing, and a million people who
 * join once each must not cost a million calls of an object.
 */
export function ticketRules(settings: Settings): RulesOfAct {
  return {
    network: loosely("ticket-network", settings.ticketsPerNetwork),
    email: here("ticket-email", settings.ticketsPerEmail, MINUTE_MS),
  };
}

/** Ten minutes, as long as a code is good at the least (domain/mail/email-code). */
const CODE_MINUTES = 10;

/** Codes mailed to one mailbox: enough where mail is slow, too few to be a nuisance to its owner. */
export function codeRules(settings: Settings): RulesOfAct {
  return {
    network: loosely("code-network", settings.ticketsPerNetwork),
    email: strictlyIn("code-email", 5, CODE_MINUTES),
  };
}

/** Orders and tickets that go without the proof that they were asked for, while nobody can check one. */
export const UNPROVEN: RulesOfAct = {
  network: strictly("unproven-network", 6),
  email: strictly("unproven-email", 2),
};

/**
 * Codes that were typed for one mailbox. Two in a million are right at a time: five tries in ten minutes
 * guess one in a hundred thousand times.
 */
export const CODE_TRIES: LimitRule = strictlyIn("code-try", 5, CODE_MINUTES);

/** Tests of one payment account: each opens a payment at its gateway. */
export const SELF_TESTS: LimitRule = strictlyIn("self-test", 5, 5);

/** Tokens that are none, sent to the admin API by one network. A token that is good costs nothing. */
export const FAILED_LOGINS: LimitRule = loosely("login", 20);

/** Calls of one merchant's token: a program that runs wild is stopped before D1. */
export const TOKEN_CALLS: LimitRule = here("token", 3_000, MINUTE_MS);

/** Orders that one network asked to see with a token that is not theirs. */
export const ORDER_GUESSES: LimitRule = here("order-guess", 60, MINUTE_MS);

/** A buyer who says that they have paid: each question is a call to their gateway. */
export const GATEWAY_QUESTIONS_OF_ORDER: LimitRule = here("ask-order", 1, 10_000);
export const GATEWAY_QUESTIONS: LimitRule = loosely("ask-network", 20);

/** A buyer whom an app is to recognize: each code is a call to it. */
export const RECOGNITIONS_OF_ORDER: LimitRule = here("recognize-order", 6, MINUTE_MS);

/** A buyer who stops waiting for keys: it is done once, and repeated by who sees no answer. */
export const STOPS_OF_ORDER: LimitRule = here("stop-order", 5, MINUTE_MS);
export const STOPS: LimitRule = loosely("stop-network", 20);

/**
 * Writes of one network in an isolate, whatever they are: no person and no school sends so many, so
 * they are refused before anything of them is read. Notices of gateways are not among them.
 */
export const RUSH: LimitRule = here("rush", 100, 2_000);

/** One question: may `key` (a network, a mailbox, a token) once more, as `rule` has it? */
export interface LimitQuestion {
  readonly rule: LimitRule;
  readonly key: string;
}

/** How a key stands by a rule after it was asked about: what the RateLimit fields say. */
export interface Standing extends Taken {
  readonly rule: LimitRule;
}

/** Who asks something of a shop. Without an e-mail only the network is asked about, and the reverse. */
interface Asker {
  readonly merchantId: MerchantId;
  readonly network: string | null;
  /** In its one form (normalizeEmail). */
  readonly email: string | null;
}

/** Each shop counts for itself. A network that nobody knows is everybody's, and is not counted. */
export function questionsOf(rules: RulesOfAct, asker: Asker): LimitQuestion[] {
  const { merchantId, network, email } = asker;
  const questions: LimitQuestion[] = [];
  if (network !== null && network !== UNKNOWN_NETWORK) {
    questions.push({ rule: rules.network, key: `${merchantId} ${network}` });
  }
  if (email !== null) {
    questions.push({ rule: rules.email, key: `${merchantId} ${canonicalEmail(email)}` });
  }
  return questions;
}

/** The first of them that was refused. */
export function refusedOf(standings: readonly Standing[]): Standing | undefined {
  return standings.find(({ allowed }) => !allowed);
}
