import type { z } from "zod";
import type { Currency } from "../../domain/money.ts";
import { developmentUrl, publicHttpsUrl } from "../../domain/network/public-address.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { PaymentGateway } from "../../flows/payments/payment-ports.ts";
import type { Clock, Entropy } from "../../flows/ports.ts";
import type { FileDigest } from "../../flows/statements/statement-ports.ts";
import type { Downloading, Outgoing } from "./outgoing.ts";
import type { SumRule } from "../../domain/payments/sums.ts";
import { exactly, type GatewayOfSums } from "./exact-sums.ts";

/** What is wrong where in the credentials that a merchant sent. Never repeats a value. */
export interface CredentialErrors {
  readonly errors: { path: string; message: string }[];
}

/** For what is too long to be held. */
export interface GatewayFiles {
  readonly download: Downloading;
  readonly digest: (algorithm: "SHA-1") => FileDigest;
}

/** What every gateway works with, whosever account it is. */
export interface GatewayWorld {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly send: Outgoing;
  readonly files: GatewayFiles;
  /** True in the development build only: the simulator is on this machine. */
  readonly reachesThisMachine: boolean;
}

/** A kind of gateway, whatever its credentials look like inside. */
export interface GatewayKind {
  /** Credentials in the form in which they are kept, or what is wrong with them. */
  check(
    credentials: unknown,
    world: Pick<GatewayWorld, "reachesThisMachine">,
  ): Result<unknown, CredentialErrors>;
  /** Throws on credentials that `check` would refuse: they were checked when they were stored. */
  make(credentials: unknown, currency: Currency, world: GatewayWorld): PaymentGateway;
}

interface Definition<Credentials> {
  readonly credentials: z.ZodType<Credentials>;
  /** Its line in domain/payments/sums.ts. */
  readonly sums: SumRule;
  readonly make: (
    credentials: Credentials,
    currency: Currency,
    world: GatewayWorld,
  ) => GatewayOfSums;
}

/**
 * A gateway from the schema of its credentials and what it does with them. An address among them
 * (`gateway_url`) must be one that we may call.
 */
export function defineGateway<Credentials extends object>(
  definition: Definition<Credentials>,
): GatewayKind {
  const { credentials: schema, sums, make } = definition;
  return {
    check(credentials, { reachesThisMachine }) {
      const parsed = schema.safeParse(credentials);
      if (!parsed.success) {
        const errors = parsed.error.issues.map(({ path, message }) => ({
          path: path.join("."),
          message,
        }));
        return err({ errors });
      }
      const address = "gateway_url" in parsed.data ? String(parsed.data.gateway_url) : null;
      const allowed = reachesThisMachine ? developmentUrl : publicHttpsUrl;
      if (address === null || allowed(address) !== null) return ok(parsed.data);
      const message = "must be an https address that anyone can reach";
      return err({ errors: [{ path: "gateway_url", message }] });
    },
    make: (credentials, currency, world) =>
      exactly(make(schema.parse(credentials), currency, world), sums, currency),
  };
}
