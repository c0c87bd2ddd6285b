import { base32 } from "../domain/encoding.ts";

/** 130 bits: a nonce cannot be guessed (CSP level 3 §7.1 asks for 128). */
const CHARACTERS = 26;
const BYTES = 17;

let mark: string | undefined;

/** The nonce of one answer (CSP level 3 §2.3.1). */
export function newNonce(): string {
  return base32(crypto.getRandomValues(new Uint8Array(BYTES)), CHARACTERS);
}

/**
 * What stands in a page's text where each answer puts a nonce of its own: text is remembered and given to
 * many, a nonce is not. It is random and never leaves the isolate, so nothing that a merchant or a buyer
 * has written can hold it and be given a nonce with the rest.
 */
export function nonceMark(): string {
  mark ??= `nonce-${newNonce()}`;
  return mark;
}
