import { alipayStatement } from "./alipay.ts";
import { epayStatement } from "./epay.ts";
import { statementReader, type StatementReader } from "./reader.ts";
import type { StatementFormatName } from "./statement.ts";
import { stripeStatement } from "./stripe.ts";
import { wechatStatement } from "./wechat.ts";

const READERS: Readonly<Record<StatementFormatName, () => StatementReader>> = {
  alipay: () => statementReader(alipayStatement),
  wechat: () => statementReader(wechatStatement),
  stripe: () => statementReader(stripeStatement),
  epay: () => statementReader(epayStatement),
};

/** A reader for one file: it keeps the place in it, so each file has its own. */
export function readerOf(format: StatementFormatName): StatementReader {
  return READERS[format]();
}
