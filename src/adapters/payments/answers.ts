import type { NoticeAnswer, PaymentGateway } from "../../flows/payments/payment-ports.ts";

/** What gateways want to hear of a notice, in the forms that several of them share. */

const answer = (status: NoticeAnswer["status"], contentType: string, body: string) => ({
  status,
  contentType,
  body,
});

/** A word that ends the matter, and "fail" for whatever is to come again. */
export function plainAnswers(accepted: "success" | "ok"): PaymentGateway["answers"] {
  const text = "text/plain; charset=utf-8";
  return { accepted: answer(200, text, accepted), rejected: answer(400, text, "fail") };
}

/** WeChat's: a status, and a code that repeats it. */
export const CODED_ANSWERS: PaymentGateway["answers"] = {
  accepted: answer(200, "application/json", '{"code":"SUCCESS"}'),
  rejected: answer(400, "application/json", '{"code":"FAIL","message":"not genuine"}'),
};

/** For those that look at the status alone. */
export const RECEIVED_ANSWERS: PaymentGateway["answers"] = {
  accepted: answer(200, "application/json", '{"received":true}'),
  rejected: answer(400, "application/json", '{"received":false}'),
};
