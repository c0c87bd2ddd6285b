import type { Room } from "../../../domain/drop/room.ts";
import type { Locale } from "../../../domain/locale.ts";
import type { Visit } from "../visit.ts";

type Reader = Pick<Visit, "locale" | "text">;

/** Made once: to make one costs more than all else that a waiting page asks for. */
const FORMATS: Readonly<Record<Locale, Intl.NumberFormat>> = {
  "zh-CN": new Intl.NumberFormat("zh-CN"),
  en: new Intl.NumberFormat("en"),
};

export function numberText(number: number, locale: Locale): string {
  return FORMATS[locale].format(number);
}

/** Estimates are told roundly: two figures are what they are good for. */
export function peopleText(count: number, { locale, text }: Reader): string {
  const { room } = text.drop;
  if (count <= 0) return room.nobody;
  return room.approximately(numberText(roundly(count), locale));
}

/** How long it takes until their turn; that it is not likely to come is said instead. */
export function waitText({ etaMs, isUnlikely }: Room, { text }: Pick<Reader, "text">): string {
  const { room } = text.drop;
  if (isUnlikely) return room.waitUnlikely;
  if (etaMs === null) return room.waitUnknown;
  const minutes = Math.round(etaMs / 60_000);
  if (minutes < 1) return room.seconds;
  return minutes < 90 ? room.minutes(minutes) : room.hours(Math.round(minutes / 60));
}

/** What the page says on top. */
export function phaseWords({ phase, isUnlikely }: Room, { text }: Pick<Reader, "text">) {
  const { phases, unlikely } = text.drop.room;
  const { headline, lead } = phases[phase];
  return { headline, lead: isUnlikely && phase === "waiting" ? unlikely : lead };
}

/** What one figure of the picture stands for. */
export function legendText(peoplePerSlot: number, { locale, text }: Reader): string {
  const { room } = text.drop;
  if (peoplePerSlot === 1) return room.figureOne;
  return room.figure(numberText(peoplePerSlot, locale));
}

/** Exact below 20, then two figures. */
function roundly(count: number): number {
  if (count < 20) return Math.round(count);
  const step = 10 ** (Math.floor(Math.log10(count)) - 1);
  return Math.round(count / step) * step;
}
