//! A save takes its time, and the keyboard does not wait for it.

import { beforeEach, describe, expect, it } from "vitest";
import type { SkillForm } from "../../platform/bindings";
import { dropDraft, keptDraft, putDraft, useDrafts } from "./drafts";

const draft = () => useDrafts.getState().draft;
const typed = (form: SkillForm): SkillForm => {
  putDraft({ of: "skill", form });
  return form;
};

beforeEach(dropDraft);

describe("a draft that was saved", () => {
  it("is none any more where nothing was typed meanwhile", () => {
    keptDraft(typed({ id: null, name: "French" }), "7");
    expect(draft()).toBeNull();
  });

  it("stays with what was typed while it was being saved, as the one the host has made of it", () => {
    const sent = typed({ id: null, name: "Fren" });
    typed({ ...sent, name: "French" });
    keptDraft(sent, "7");
    expect(draft()).toEqual({ of: "skill", form: { id: "7", name: "French" } });
    const again = typed({ id: "7", name: "French, fluent" });
    typed({ ...again, name: "French, fluently" });
    keptDraft(again, "7");
    expect(draft()?.form).toEqual({ id: "7", name: "French, fluently" });
  });

  it("is not mistaken for another that was begun meanwhile", () => {
    const sent = typed({ id: "7", name: "French" });
    typed({ id: "8", name: "German" });
    keptDraft(sent, "7");
    expect(draft()?.form).toEqual({ id: "8", name: "German" });
    dropDraft();
    const fresh = typed({ id: null, name: "Italian" });
    dropDraft();
    typed({ id: null, name: "Spanish" });
    keptDraft(fresh, "9");
    expect(draft()?.form).toEqual({ id: null, name: "Spanish" });
  });
});
