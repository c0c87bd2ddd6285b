import { z } from "zod";
import type { Currency } from "../../../domain/money.ts";
import type { PaymentRequest } from "../../../flows/payments/payment-ports.ts";
import { plainAnswers } from "../answers.ts";
import { openByCall, queryOrder, refundOrder } from "./epay-v2-api.ts";
import { isGenuine, signedFields } from "./epay-v2-signature.ts";
import { readEpayNotice, shutOutBy, submissionFields } from "../epay/epay.ts";
import { folderUrl } from "../fields.ts";
import { defineGateway, type GatewayWorld } from "../gateway.ts";
import { readParameters } from "../parameters.ts";
import { makeSign, makeVerify, privateKeyText, publicKeyText } from "../signatures/rsa.ts";
import { SUMS } from "../../../domain/payments/sums.ts";
import type { GatewayOfSums } from "../exact-sums.ts";

const credentials = z.strictObject({
  /** The merchant's number at the gateway. */
  pid: z.string().regex(/^[0-9A-Za-z_-]{1,32}$/),
  /** Ours: signs what we send. */
  private_key: privateKeyText,
  /** Theirs ("平台公钥"): signs what they send. */
  platform_public_key: publicKeyText,
  /** The folder that "api/pay" is in. */
  gateway_url: folderUrl,
  channel: z
    .string()
    .regex(/^[a-z0-9_]{1,32}$/)
    .default("alipay"),
  /** `page`: the buyer is sent to api/pay/submit. `api`: api/pay/create is asked where to send them. */
  open_by: z.enum(["page", "api"]).default("page"),
});

/** epay (易支付) v2: v1's base string, signed with RSA-SHA256 both ways. Rules: docs/payments.md. */
export const epayV2 = defineGateway({ credentials, sums: SUMS["epay-v2"], make: makeEpayV2 });

function makeEpayV2(
  { private_key, platform_public_key, open_by, ...shared }: z.infer<typeof credentials>,
  currency: Currency,
  world: GatewayWorld,
): GatewayOfSums {
  const byCall = open_by === "api";
  const account = {
    ...shared,
    sign: makeSign(private_key),
    verify: makeVerify(platform_public_key),
  };
  return {
    capabilities: {
      devices: ["desktop", "phone"],
      shutOutBy: shutOutBy(shared.channel),
      actions: byCall ? ["redirect", "qr"] : ["redirect"],
      opensByCall: byCall,
      query: true,
      signsAnswers: true,
      refund: "partial",
      tellsRefunds: false,
      tellsDisputes: false,
    },
    payee: shared.pid,
    async open(request: PaymentRequest) {
      if (byCall) return openByCall(account, world, request);
      const fields = submissionFields(account.channel, request);
      const query = new URLSearchParams([...(await signedFields(account, world, fields))]);
      const url = `${account.gateway_url}api/pay/submit?${query}`;
      return { kind: "opened", action: { action: "redirect", url }, reference: null };
    },
    async read(notice) {
      const parameters = readParameters(notice);
      if (parameters === null) return { kind: "invalid", check: "malformed" };
      // Its timestamp is signed and not held against the clock: what comes late or again is the same
      // money, which the order takes once.
      if (!(await isGenuine(account, parameters))) return { kind: "invalid", check: "signature" };
      return readEpayNotice(account.pid, currency, parameters);
    },
    query: (question) => queryOrder(account, world, question),
    refund: (request) => refundOrder(account, world, request),
    answers: plainAnswers("success"),
  };
}
