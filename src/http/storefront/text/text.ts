import type { Locale } from "../../../domain/locale.ts";
import { en, type Text } from "./en.ts";
import { zhCn } from "./zh-cn.ts";

export type { Text } from "./en.ts";

const CATALOGUES: Record<Locale, Text> = { "zh-CN": zhCn, en };

export function textOf(locale: Locale): Text {
  return CATALOGUES[locale];
}
