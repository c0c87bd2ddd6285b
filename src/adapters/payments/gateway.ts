import type { z } from "zod";
import type { Currency } from "../../domain/money.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { PaymentGateway } from "../../flows/ports.ts";

/** What is wrong where in the credentials that a merchant sent. Never repeats a value. */
export interface CredentialErrors {
  readonly errors: { path: string; message: string }[];
}

/** A kind of gateway, whatever its credentials look like inside. */
export interface GatewayKind {
  /** Credentials in the form in which they are kept, or what is wrong with them. */
  check(credentials: unknown): Result<unknown, CredentialErrors>;
  /** Throws on credentials that `check` would refuse: they were checked when they were stored. */
  make(credentials: unknown, currency: Currency): PaymentGateway;
}

/** A gateway from the schema of its credentials and what it does with them. */
export function defineGateway<Credentials>(
  schema: z.ZodType<Credentials>,
  make: (credentials: Credentials, currency: Currency) => PaymentGateway,
): GatewayKind {
  return {
    check(credentials) {
      const parsed = schema.safeParse(credentials);
      if (parsed.success) return ok(parsed.data);
      const errors = parsed.error.issues.map(({ path, message }) => ({
        path: path.join("."),
        message,
      }));
      return err({ errors });
    },
    make: (credentials, currency) => make(schema.parse(credentials), currency),
  };
}
