import type { Locale } from "../../../../domain/locale.ts";
import { en, type SandboxText } from "./en.ts";
import { zhCn } from "./zh-cn.ts";

export type { SandboxText } from "./en.ts";

const CATALOGUES: Record<Locale, SandboxText> = { "zh-CN": zhCn, en };

export function textOf(locale: Locale): SandboxText {
  return CATALOGUES[locale];
}
