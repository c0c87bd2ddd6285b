import { z } from "zod";
import { Unavailable } from "../../../domain/overload/unavailable.ts";
import type { StatementDay, StatementDownload } from "../../../flows/payments/payment-ports.ts";
import { readAnswer } from "../fields.ts";
import type { GatewayWorld } from "../gateway.ts";
import { unavailable } from "../outgoing.ts";
import { call, HOST, refusal } from "./wechat-api.ts";
import type { WechatAccount } from "./wechat-account.ts";
import { authorization } from "./wechat-signature.ts";

const AGAIN_SECONDS = 60;

const bill = z.object({
  hash_type: z.literal("SHA1"),
  hash_value: z.string().regex(/^[0-9a-fA-F]{40}$/),
  download_url: z.string(),
});

/**
 * The trade bill of a day (GET /v3/bill/tradebill, bill_type=ALL), which WeChat has from ten o'clock of the
 * next. The file itself is not signed: what it is, the signed answer says by its SHA-1.
 */
export async function tradeBill(
  account: WechatAccount,
  world: GatewayWorld,
  { day }: StatementDay,
): Promise<StatementDownload> {
  const answer = await call(
    account,
    world,
    "GET",
    `/v3/bill/tradebill?bill_date=${day}&bill_type=ALL`,
  );
  if (answer.kind === "failed") return refusal(answer);
  if (answer.kind !== "answered") return answer;
  const read = readAnswer(answer, bill);
  if (read.kind !== "read") return read;
  const { hash_value, download_url: url } = read.value;
  // Our signature goes to WeChat and to nobody whom an answer names.
  if (URL.parse(url)?.origin !== HOST) return unavailable("address");
  const signed = await authorization(account, world, { method: "GET", url, body: "" });
  const headers = { authorization: signed, "user-agent": "kamidrop" };
  const file = await world.files.download({ method: "GET", url, headers });
  if (file.kind !== "file") return file;
  return { kind: "file", pieces: checked(world, file.pieces, hash_value.toLowerCase()) };
}

/** A file that was cut, or is another one, is known at its end: then nothing of it counts. */
async function* checked(
  { files }: GatewayWorld,
  pieces: AsyncIterable<Uint8Array>,
  sha1: string,
): AsyncGenerator<Uint8Array> {
  const digest = files.digest("SHA-1");
  for await (const piece of pieces) {
    await digest.push(piece);
    yield piece;
  }
  if ((await digest.end()) !== sha1) throw new Unavailable("gateway", AGAIN_SECONDS);
}
