import { alipayStatement } from "./alipay.ts";
import { epayStatement } from "./epay.ts";
import { statementReader, type StatementReader } from "./reader.ts";
import type { StatementFormat, StatementFormatName } from "./statement.ts";
import { stripeStatement } from "./stripe.ts";
import { wechatStatement } from "./wechat.ts";

/** What must be known of a format beside how its rows read. */
export interface KnownFormat extends Pick<
  StatementFormat<string>,
  "zone" | "endsWithTotals" | "quotes"
> {
  /** For one file: it keeps the place in it. */
  reader(accountNumber?: string | null): StatementReader;
}

const FORMATS: Readonly<Record<StatementFormatName, KnownFormat>> = {
  alipay: known(alipayStatement),
  wechat: known(wechatStatement),
  stripe: known(stripeStatement),
  epay: known(epayStatement),
};

function known<Column extends string>(format: StatementFormat<Column>): KnownFormat {
  const { zone, endsWithTotals, quotes } = format;
  return {
    zone,
    endsWithTotals,
    quotes,
    reader: (accountNumber = null) => statementReader(format, accountNumber),
  };
}

export function statementFormat(name: StatementFormatName): KnownFormat {
  return FORMATS[name];
}

/** By the name of a gateway; what is not here has no statement that we read. */
const BY_GATEWAY: Readonly<Record<string, StatementFormatName>> = {
  alipay: "alipay",
  wechat: "wechat",
  stripe: "stripe",
  epay: "epay",
  "epay-v2": "epay",
};

export function formatOfGateway(gateway: string): StatementFormatName | null {
  return BY_GATEWAY[gateway] ?? null;
}
