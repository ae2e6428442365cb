//! Whom a caller may be offered to, the longer she waits (ROUTE-2): the engine's rule over what is on the screen, so that a
//! change of the levels shows at once. For the picture only; the engine decides.

import type {
  AttendantForm,
  LevelForm,
  ServiceForm,
  ServicesView,
  SkillLevelForm,
} from "../../platform/bindings";

/** From a wait of `after_ms` on, so many attendants. */
export interface Step {
  after_ms: number;
  attendants: number;
}

/** One step per level; without any, all members at once. */
export function poolOf(form: ServiceForm, view: ServicesView): Step[] {
  const members = view.attendants.filter((attendant) => isMember(attendant, form, view));
  const levels: LevelForm[] =
    form.levels.length === 0 ? [{ after_ms: 0, needs: [], profiles: [] }] : form.levels;
  return levels.map(({ after_ms }, place) => ({
    after_ms,
    attendants: members.filter((attendant) =>
      levels.slice(0, place + 1).some((level) => meets(attendant, level, view)),
    ).length,
  }));
}

function isMember(attendant: AttendantForm, { members }: ServiceForm, view: ServicesView): boolean {
  switch (members.kind) {
    case "listed":
      return members.attendants.includes(attendant.id);
    case "skilled":
      return members.needs.length > 0 && can(attendant, members.needs, view);
    case "nobody":
      return false;
  }
}

function meets(attendant: AttendantForm, level: LevelForm, view: ServicesView): boolean {
  const profile =
    level.profiles.length === 0 || (attendant.profile !== null && level.profiles.includes(attendant.profile));
  return profile && can(attendant, level.needs, view);
}

/** By herself or by her profile, whichever is better. */
function can(attendant: AttendantForm, needs: readonly SkillLevelForm[], view: ServicesView): boolean {
  const profile = view.profiles.find(({ id }) => id === attendant.profile);
  const skills = [...attendant.skills, ...(profile?.skills ?? [])];
  return needs.every(({ skill, level }) => skills.some((has) => has.skill === skill && has.level >= level));
}
