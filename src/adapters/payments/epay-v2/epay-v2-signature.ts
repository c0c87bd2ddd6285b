import type { GatewayWorld } from "../gateway.ts";
import { EPAY_RULE } from "../signatures/md5-signature.ts";
import type { Sign, Verify } from "../signatures/rsa.ts";
import { signatureBase } from "../signatures/signature-base.ts";

/** An account of epay v2 with its keys at work. */
export interface EpayV2Account {
  readonly pid: string;
  readonly gateway_url: string;
  readonly channel: string;
  readonly sign: Sign;
  readonly verify: Verify;
}

/** What goes to the gateway, with our number, the time and the signature. */
export async function signedFields(
  { pid, sign }: Pick<EpayV2Account, "pid" | "sign">,
  { clock }: GatewayWorld,
  fields: readonly (readonly [string, string])[],
): Promise<Map<string, string>> {
  const parameters = new Map([["pid", pid], ...fields]);
  parameters.set("timestamp", String(Math.floor(clock.nowMs() / 1_000)));
  parameters.set("sign", await sign(signatureBase(parameters, EPAY_RULE.dropped)));
  return parameters.set("sign_type", "RSA");
}

/** Of notices and of answers alike. Another sign_type is another rule, which this account has no key for. */
export async function isGenuine(
  { verify }: Pick<EpayV2Account, "verify">,
  parameters: ReadonlyMap<string, string>,
): Promise<boolean> {
  if ((parameters.get("sign_type") ?? "RSA").toUpperCase() !== "RSA") return false;
  const signature = parameters.get("sign") ?? "";
  return verify(signatureBase(parameters, EPAY_RULE.dropped), signature);
}
