import { beforeEach, describe, expect, it, vi } from "vitest";
import type { CalendarForm, WhenForm } from "../../platform/bindings";
import {
  addPeriods,
  asKind,
  discard,
  doAgain,
  edit,
  holds,
  isChanged,
  keptAs,
  leave,
  movePeriod,
  openDraft,
  putPeriod,
  removePeriod,
  takeBack,
  useDraft,
} from "./draft";
import { byField, ofPeriod } from "./faults";

const holiday = (label: string) => ({
  open: false,
  label,
  when: { kind: "dates", from: "2026-12-25", to: "2026-12-25" } as const,
});

const office: CalendarForm = {
  name: "Office",
  zone: "Europe/Zurich",
  open: false,
  primary: [holiday("Christmas")],
  secondary: [],
};

const now = () => useDraft.getState().draft?.past.now;
const opening = () => useDraft.getState().draft?.opening ?? 0;
const names = () => now()?.primary.map(({ label }) => label);

beforeEach(() => openDraft("1", office));

describe("a draft", () => {
  it("is changed until it is again what the host keeps", () => {
    expect(isChanged(useDraft.getState().draft)).toBe(false);
    edit((form) => ({ ...form, name: "Desk" }));
    expect(isChanged(useDraft.getState().draft)).toBe(true);
    edit((form) => ({ ...form, name: "Office" }));
    expect(isChanged(useDraft.getState().draft)).toBe(false);
  });

  it("gives a whole file of holidays back with one step", () => {
    addPeriods("primary", [holiday("New Year"), holiday("Easter")]);
    expect(names()).toEqual(["Christmas", "New Year", "Easter"]);
    takeBack();
    expect(names()).toEqual(["Christmas"]);
    doAgain();
    expect(names()).toHaveLength(3);
  });

  it("takes letters of one field as one step", () => {
    for (const label of ["X", "Xm", "Xmas"]) putPeriod("primary", 0, holiday(label), "primary.0.label");
    takeBack();
    expect(names()).toEqual(["Christmas"]);
  });

  it("moves a period up and down, and no further than the ends", () => {
    addPeriods("primary", [holiday("Easter")]);
    movePeriod("primary", 1, -1);
    expect(names()).toEqual(["Easter", "Christmas"]);
    movePeriod("primary", 0, -1);
    expect(names()).toEqual(["Easter", "Christmas"]);
    removePeriod("primary", 0);
    expect(names()).toEqual(["Christmas"]);
  });

  it("goes back to what is kept, and one that never was goes away", () => {
    edit((form) => ({ ...form, name: "Desk" }));
    keptAs(opening(), "1", { ...office, name: "Desk" });
    edit((form) => ({ ...form, name: "" }));
    discard();
    expect(now()?.name).toBe("Desk");
    openDraft(null, office);
    expect(isChanged(useDraft.getState().draft)).toBe(true);
    discard();
    expect(useDraft.getState().draft).toBeNull();
  });

  it("stays changed by what is typed while it is being saved", () => {
    openDraft(null, office);
    const sent = office;
    edit((form) => ({ ...form, name: "Reception" }));
    keptAs(opening(), "7", sent);
    expect(useDraft.getState().draft?.id).toBe("7");
    expect(now()?.name).toBe("Reception");
    expect(isChanged(useDraft.getState().draft)).toBe(true);
  });

  it("does not become another that was opened while it was being saved", () => {
    const first = opening();
    openDraft("8", { ...office, name: "Workshop" });
    keptAs(first, "1", office);
    expect(useDraft.getState().draft).toMatchObject({ id: "8", kept: { name: "Workshop" } });
  });

  it("asks before somebody leaves what is not saved", () => {
    const go = vi.fn();
    leave(go);
    expect(go).toHaveBeenCalledOnce();
    edit((form) => ({ ...form, name: "Desk" }));
    leave(go);
    expect(go).toHaveBeenCalledOnce();
    expect(useDraft.getState().leaving).toBe(go);
  });

  it("knows what it has, whatever state a file gives it", () => {
    expect(holds(office, holiday("Christmas"))).toBe(true);
    expect(holds(office, holiday("Easter"))).toBe(false);
  });
});

describe("another kind of period", () => {
  const dates: WhenForm = { kind: "dates", from: "2026-12-24", to: "2026-12-26" };

  it("keeps the dates where it has them", () => {
    expect(asKind(dates, "span", "2026-01-01")).toEqual({
      kind: "span",
      from: "2026-12-24T08:00",
      to: "2026-12-26T17:00",
    });
    expect(asKind(dates, "yearly", "2026-01-01")).toEqual({ kind: "yearly", month: 12, day: 24 });
    expect(asKind({ kind: "yearly", month: 2, day: 29 }, "dates", "2026-01-01")).toEqual({
      kind: "dates",
      from: "2026-01-01",
      to: "2026-01-01",
    });
  });
});

describe("faults", () => {
  it("stand at their field, the first of several", () => {
    const at = { kind: "primary", at: 3 } as const;
    const faults = byField([
      { place: { kind: "calendar" }, field: "name", value: "", permitted: "1 to 120 characters" },
      { place: at, field: "to", value: "x", permitted: "a date" },
      { place: at, field: "to", value: "x", permitted: "another" },
    ]);
    expect(faults).toEqual({ name: "Permitted: 1 to 120 characters", "primary.3.to": "Permitted: a date" });
    expect(ofPeriod(faults, "primary", 3)).toBe("Permitted: a date");
    expect(ofPeriod(faults, "secondary", 3)).toBeUndefined();
  });
});
