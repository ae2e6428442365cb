//! Organisation units as a tree: in which order they are shown, how deep each lies, and where each may be moved. No screen here.

import type { UnitForm, UnitView } from "../../platform/bindings";

export interface Branch {
  unit: UnitView;
  /** 1 at the top, as ARIA counts. */
  level: number;
}

/** Every unit once, each after its parent, neighbours by name. One whose parent is not there stands at the top. */
export function branches(units: readonly UnitView[]): Branch[] {
  const known = new Set(units.map(({ id }) => id));
  const below = new Map<string | null, UnitView[]>();
  for (const unit of units) {
    const parent = unit.parent !== null && known.has(unit.parent) ? unit.parent : null;
    below.set(parent, [...(below.get(parent) ?? []), unit]);
  }
  const found: Branch[] = [];
  const seen = new Set<string>();
  function walk(parent: string | null, level: number): void {
    const children = [...(below.get(parent) ?? [])].sort((a, b) => a.name.localeCompare(b.name));
    for (const unit of children) {
      if (seen.has(unit.id)) continue;
      seen.add(unit.id);
      found.push({ unit, level });
      walk(unit.id, level + 1);
    }
  }
  walk(null, 1);
  // Units that lie in a ring hang from nothing; they are shown rather than lost.
  for (const unit of units) if (!seen.has(unit.id)) found.push({ unit, level: 1 });
  return found;
}

/** The unit itself and all below it. */
export function within(units: readonly UnitView[], top: string): ReadonlySet<string> {
  const inside = new Set([top]);
  for (let before = 0; before !== inside.size;) {
    before = inside.size;
    for (const { id, parent } of units) if (parent !== null && inside.has(parent)) inside.add(id);
  }
  return inside;
}

/** Where it may be moved: not into itself nor below itself. */
export function homes(units: readonly UnitView[], id: string | null): Branch[] {
  const inside = id === null ? new Set<string>() : within(units, id);
  return branches(units).filter(({ unit }) => !inside.has(unit.id));
}

/** Characters of a unit's name at most; as the host counts. */
export const NAME_CHARACTERS_MAX = 100;

export type UnitProblem = "needed" | "long" | "twin";

export function unitProblem(form: UnitForm, units: readonly UnitView[]): UnitProblem | null {
  const name = form.name.trim();
  if (name === "") return "needed";
  if (Array.from(name).length > NAME_CHARACTERS_MAX) return "long";
  const twin = units.some(
    (unit) =>
      unit.id !== form.id &&
      unit.parent === form.parent &&
      unit.name.toLocaleLowerCase() === name.toLocaleLowerCase(),
  );
  return twin ? "twin" : null;
}
