import {
  BitString,
  Boolean as Truth,
  Constructed,
  fromBER,
  Integer,
  Null,
  ObjectIdentifier,
  OctetString,
  Sequence,
  Set as SetOf,
  UTCTime,
  Utf8String,
} from "asn1js";
import { bytesOf, toBase64 } from "../cashier/base64.ts";

/**
 * X.509 certificates (RFC 5280) of an authority that is nobody's: of the simulator and of tests. The shop
 * reads them by the platform's own parser, so that neither side leans on the other's idea of a certificate.
 */

const ALGORITHM = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
const SHA256_WITH_RSA = "1.2.840.113549.1.1.11";
const COMMON_NAME = "2.5.4.3";
const BASIC_CONSTRAINTS = "2.5.29.19";

export interface Holder {
  /** The common name. */
  readonly name: string;
  /** SubjectPublicKeyInfo, base 64. */
  readonly publicKey: string;
  readonly fromMs: number;
  readonly untilMs: number;
  /** Whether it may issue certificates itself. */
  readonly issues: boolean;
}

export interface Issuer {
  readonly name: string;
  /** PKCS #8, base 64. */
  readonly privateKey: string;
}

/** The certificate as PEM. The issuer of itself is a root. */
export async function certify(issuer: Issuer, holder: Holder): Promise<string> {
  const content = contentOf(issuer, holder).toBER();
  const key = bytesOf(issuer.privateKey);
  const signer = await crypto.subtle.importKey("pkcs8", key, ALGORITHM, false, ["sign"]);
  const valueHex = await crypto.subtle.sign(ALGORITHM, signer, content);
  const whole = sequence(contentOf(issuer, holder), algorithm(), new BitString({ valueHex }));
  return pem("CERTIFICATE", whole.toBER());
}

/** TBSCertificate (RFC 5280 §4.1). */
function contentOf(issuer: Issuer, { name, publicKey, fromMs, untilMs, issues }: Holder) {
  const time = (atMs: number) => new UTCTime({ valueDate: new Date(atMs) });
  const constraints = sequence(...(issues ? [new Truth({ value: true })] : []));
  const extension = sequence(
    new ObjectIdentifier({ value: BASIC_CONSTRAINTS }),
    new Truth({ value: true }),
    new OctetString({ valueHex: constraints.toBER() }),
  );
  return sequence(
    tagged(0, new Integer({ value: 2 })),
    new Integer({ value: serialOf(name) }),
    algorithm(),
    named(issuer.name),
    sequence(time(fromMs), time(untilMs)),
    named(name),
    fromBER(bytesOf(publicKey)).result,
    tagged(3, sequence(extension)),
  );
}

type Part = NonNullable<ConstructorParameters<typeof Sequence>[0]>["value"] extends
  | readonly (infer Value)[]
  | undefined
  ? Value
  : never;

const sequence = (...value: Part[]) => new Sequence({ value });

function tagged(tagNumber: number, content: Part): Constructed {
  return new Constructed({ idBlock: { tagClass: 3, tagNumber }, value: [content] });
}

function algorithm(): Sequence {
  return sequence(new ObjectIdentifier({ value: SHA256_WITH_RSA }), new Null());
}

function named(value: string): Sequence {
  const type = new ObjectIdentifier({ value: COMMON_NAME });
  return sequence(new SetOf({ value: [sequence(type, new Utf8String({ value }))] }));
}

/** Some number that hangs on the name: certificates of one issuer do not share one. */
function serialOf(name: string): number {
  return [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 2 ** 30, 1) + 1;
}

function pem(label: string, der: ArrayBuffer): string {
  const lines =
    toBase64(der)
      .match(/.{1,64}/g)
      ?.join("\n") ?? "";
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}
