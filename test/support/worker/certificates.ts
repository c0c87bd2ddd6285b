import { certify } from "../../../src/development/sandbox/paypal/certificates.ts";
import { NOW_MS } from "./gateway-world.ts";
import { makeRsaKeys, type RsaKeys } from "./rsa-keys.ts";

export const LIVE_NAME = "messageverificationcerts.paypal.com";
export const SANDBOX_NAME = "messageverificationcerts.sandbox.paypal.com";

const DAY_MS = 86_400_000;
const [root, issuer] = await Promise.all([makeRsaKeys(), makeRsaKeys()]);

interface Chain {
  readonly name?: string;
  /** Whose key signs the first one: the issuer's, where it is not said. */
  readonly signer?: RsaKeys;
  /** Whether the issuer may issue. */
  readonly issues?: boolean;
  readonly issuerUntilMs?: number;
  /** How many of the three are served. */
  readonly served?: number;
}

/** What PayPal serves for a key of its own: the certificate, its issuer's, and the root, as PEM. */
export async function certificateChain(
  { publicPem }: RsaKeys,
  { name = LIVE_NAME, signer = issuer, issues = true, issuerUntilMs, served = 3 }: Chain = {},
): Promise<string> {
  const time = { fromMs: NOW_MS - 30 * DAY_MS, untilMs: NOW_MS + 365 * DAY_MS };
  const [above, top] = ["Test issuer", "Test root"] as const;
  const until = issuerUntilMs === undefined ? {} : { untilMs: issuerUntilMs };
  const chain = await Promise.all([
    certify(by(above, signer), { name, publicKey: bare(publicPem), ...time, issues: false }),
    certify(by(top, root), {
      name: above,
      publicKey: bare(issuer.publicPem),
      ...time,
      ...until,
      issues,
    }),
    certify(by(top, root), { name: top, publicKey: bare(root.publicPem), ...time, issues: true }),
  ]);
  return chain.slice(0, served).join("");
}

const by = (name: string, { privatePem }: RsaKeys) => ({ name, privateKey: bare(privatePem) });
const bare = (pem: string) => pem.replaceAll(/-----[A-Z ]+-----|\s/g, "");
