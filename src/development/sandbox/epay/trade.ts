import { z } from "zod";
import { SANDBOX_MERCHANT } from "./merchant.ts";
import { sign } from "./signature.ts";

/** What a merchant's checkout sends to submit.php (and mapi.php). */
const submission = z.object({
  pid: z.literal(SANDBOX_MERCHANT.pid),
  type: z.string().max(32).default(""),
  out_trade_no: z.string().regex(/^[0-9A-Za-z_|-]{1,64}$/),
  notify_url: z.url().max(500),
  return_url: z.url().max(500),
  name: z.string().min(1).max(200),
  money: z.string().regex(/^\d{1,9}(\.\d{1,2})?$/),
  param: z.string().max(200).default(""),
});
export type Submission = z.infer<typeof submission>;

/** A payment at the gateway: one per order of the merchant's. */
export interface Trade extends Submission {
  /** The gateway's own number for it. */
  readonly trade_no: string;
  readonly paid: boolean;
  readonly created_at_ms: number;
}

/** The submission, or in the gateway's words what is wrong with it. */
export async function readSubmission(fields: Record<string, string>): Promise<Submission | string> {
  if (fields["pid"] !== SANDBOX_MERCHANT.pid) return "商户不存在 (unknown pid)";
  if (fields["sign_type"] !== "MD5") return "签名类型不支持 (sign_type)";
  if (fields["sign"] !== (await sign(fields, SANDBOX_MERCHANT.key))) return "签名校验失败 (sign)";
  const parsed = submission.safeParse(fields);
  return parsed.success ? parsed.data : `参数错误 (${parsed.error.issues[0]?.path.join(".")})`;
}
