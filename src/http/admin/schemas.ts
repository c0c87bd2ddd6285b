import { z } from "zod";

/** Shapes that several bodies share. */
export const slug = z
  .string()
  .max(64)
  .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, "lower case letters, digits and single hyphens");

/** RFC 3339 with a zone, as milliseconds. */
export const time = z.iso
  .datetime({ offset: true })
  .max(40)
  .transform((text) => Date.parse(text));

/**
 * A line of words: no control characters, which would hide or forge what is around it, and no lone surrogates, which
 * no UTF-8 holds: they would be kept as another letter than was sent.
 */
export function line(min: number, max: number) {
  return z
    .string()
    .trim()
    .min(min)
    .max(max)
    .regex(/^\P{Cc}*$/u, "no control characters")
    .refine((text) => text.isWellFormed(), "invalid_unicode: half of a surrogate pair");
}
