//! The wallboard's arithmetic: what a figure is worth beside its thresholds, and how many tiles a page has room for. Pure.

import type { BoardAttendant, BoardFigureName, BoardLevel, BoardService } from "../../platform/bindings";

/** How a figure stands. */
export type Verdict = "good" | "warn" | "alarm";

/** Of these less is worse; of all others more. */
export const LOW_IS_WORSE: ReadonlySet<BoardFigureName> = new Set(["selectable", "service_level"]);

export const FIGURES: readonly BoardFigureName[] = [
  "waiting",
  "longest_wait",
  "selectable",
  "abandoned",
  "service_level",
  "asa",
];

/** The largest threshold of a figure, as the host takes it. */
export const MOST: Readonly<Record<BoardFigureName, number>> = {
  waiting: 10_000,
  longest_wait: 86_400,
  selectable: 10_000,
  abandoned: 10_000,
  service_level: 100,
  asa: 86_400,
};

/** What is no data warns of nothing. */
export function verdict(
  levels: readonly BoardLevel[],
  figure: BoardFigureName,
  value: number | null,
): Verdict {
  const level = levels.find((level) => level.figure === figure);
  if (level === undefined || value === null) return "good";
  const reaches = (threshold: number): boolean =>
    LOW_IS_WORSE.has(figure) ? value <= threshold : value >= threshold;
  if (reaches(level.alarm)) return "alarm";
  return reaches(level.warn) ? "warn" : "good";
}

export function worst(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes("alarm")) return "alarm";
  return verdicts.includes("warn") ? "warn" : "good";
}

/** Every figure of a service that can warn, at this moment of the host's clock. */
export function verdicts(service: BoardService, now: number): Readonly<Record<BoardFigureName, Verdict>> {
  const { levels, longest_since, today } = service;
  const judge = (figure: BoardFigureName, value: number | null): Verdict => verdict(levels, figure, value);
  return {
    waiting: judge("waiting", service.waiting),
    longest_wait: judge("longest_wait", longest_since === null ? null : (now - longest_since) / 1_000),
    selectable: judge("selectable", service.selectable),
    abandoned: judge("abandoned", today?.abandoned ?? null),
    service_level: judge("service_level", percent(today?.service_level ?? null)),
    asa: judge("asa", today?.asa_ms == null ? null : today.asa_ms / 1_000),
  };
}

/** A share as it is shown and judged, so that what warns is what one sees: percent to one place. */
export function percent(share: number | null): number | null {
  return share === null ? null : Math.round(share * 1_000) / 10;
}

/** Who is off duty comes last; else by name, so that nobody moves when her state changes. */
export function inOrder(attendants: readonly BoardAttendant[]): readonly BoardAttendant[] {
  const rank = ({ state }: BoardAttendant): number => (state === "off_duty" ? 1 : 0);
  return [...attendants].sort((a, b) => rank(a) - rank(b));
}

export interface Size {
  width: number;
  height: number;
}

export interface Grid {
  columns: number;
  rows: number;
}

/** Between two tiles, in pixels; the style sheet has the same. */
export const GAP = 8;

/** The grid whose tiles come out largest for so many, none smaller than `least` where there is room for one at all. */
export function gridFor(room: Size, least: Size, many: number): Grid {
  const fit = (space: number, one: number): number => Math.max(1, Math.floor((space + GAP) / (one + GAP)));
  const [columnsMax, rowsMax] = [fit(room.width, least.width), fit(room.height, least.height)];
  let best: Grid = { columns: columnsMax, rows: rowsMax };
  let size = 0;
  for (let columns = 1; columns <= columnsMax; columns += 1) {
    const rows = Math.ceil(Math.max(1, many) / columns);
    if (rows > rowsMax) continue;
    const width = (room.width - GAP * (columns - 1)) / columns / least.width;
    const height = (room.height - GAP * (rows - 1)) / rows / least.height;
    // As large as possible, but in a shape that the content fills.
    const fits = Math.min(width, height);
    if (fits > size) [best, size] = [{ columns, rows }, fits];
  }
  return best;
}

/** How many pages of this grid there are; one at least. */
export function pagesOf(many: number, { columns, rows }: Grid): number {
  return Math.max(1, Math.ceil(many / (columns * rows)));
}

/** The tiles of a page; beyond the last one it begins anew. */
export function onPage<T>(all: readonly T[], { columns, rows }: Grid, page: number): readonly T[] {
  const each = columns * rows;
  const from = (page % pagesOf(all.length, { columns, rows })) * each;
  return all.slice(from, from + each);
}

/** What lies on the wall, and in what room. */
export interface Layout {
  services: Grid | null;
  attendants: Grid | null;
  /** Height of the part for services, where both lie above one another. */
  servicesHeight: number;
  pages: number;
}

/** A window that is lower than this shows services and attendants on pages of their own. */
const TOGETHER_FROM = 460;
/** Part of the height that services get beside attendants. */
const SERVICES_PART = 0.64;
/** The smallest tiles a screen at arm's length can show, … */
const SERVICE_LEAST: Size = { width: 340, height: 200 };
const ATTENDANT_LEAST: Size = { width: 232, height: 64 };
/** … and, as parts of the wall, those that are read from across the room. */
const WALL_SERVICE: Size = { width: 0.24, height: 0.25 };
const WALL_ATTENDANT: Size = { width: 0.2, height: 0.11 };

function least(small: Size, part: Size, room: Size, wall: boolean): Size {
  if (!wall) return small;
  return {
    width: Math.max(small.width, part.width * room.width),
    height: Math.max(small.height, part.height * room.height),
  };
}

/** Where everything goes. `services` and `attendants`: how many there are; 0: they are not shown. */
export function layoutOf(room: Size, many: { services: number; attendants: number }, wall: boolean): Layout {
  const both = many.services > 0 && many.attendants > 0;
  const together = both && room.height >= TOGETHER_FROM;
  const servicesHeight = together ? Math.floor(room.height * SERVICES_PART) : room.height;
  const attendantsHeight = together ? room.height - servicesHeight - GAP : room.height;
  const grid = (height: number, small: Size, part: Size, count: number): Grid | null =>
    count === 0 ? null : gridFor({ width: room.width, height }, least(small, part, room, wall), count);
  const services = grid(servicesHeight, SERVICE_LEAST, WALL_SERVICE, many.services);
  const attendants = grid(attendantsHeight, ATTENDANT_LEAST, WALL_ATTENDANT, many.attendants);
  const [ofServices, ofAttendants] = [
    services === null ? 0 : pagesOf(many.services, services),
    attendants === null ? 0 : pagesOf(many.attendants, attendants),
  ];
  const pages = together ? Math.max(ofServices, ofAttendants) : ofServices + ofAttendants;
  return { services, attendants, servicesHeight, pages: Math.max(1, pages) };
}

/** Which page of services and which of attendants is shown on this page of the whole; `null`: none. */
export function partsOf(
  layout: Layout,
  many: { services: number; attendants: number },
  room: Size,
  page: number,
): { services: number | null; attendants: number | null } {
  const { services, attendants } = layout;
  if (services === null || attendants === null)
    return { services: services && page, attendants: attendants && page };
  if (room.height >= TOGETHER_FROM) return { services: page, attendants: page };
  const ofServices = pagesOf(many.services, services);
  return page < ofServices
    ? { services: page, attendants: null }
    : { services: null, attendants: page - ofServices };
}
