//! Skills, responsibility profiles, and what each attendant can do (ROUTE-2). One of them is changed at a time, in place.

import { Button, Field, Input, Select } from "@fluentui/react-components";
import { AddRegular, DeleteRegular, EditRegular } from "@fluentui/react-icons";
import { type ReactNode, type SubmitEvent, useId, useMemo, useState } from "react";
import type {
  AttendantForm,
  ProfileForm,
  ServicesView,
  SkillForm,
  SkillLevelForm,
} from "../../platform/bindings";
import { ask, RefusedError } from "../../platform/platform";
import { act } from "../../shared/desk";
import { MayNot } from "../../shared/MayNot";
import { servicesWords } from "../../shared/servicesWords";
import { nameProblem, needProblems, type Problems, profileProblems } from "./checks";
import { dropDraft, keptDraft, leave, putDraft, type Draft, useDrafts } from "./drafts";
import { FormContext, SkillLevels, useField } from "./fields";
import styles from "./services.module.css";
import type { Administering } from "./Services";

const words = servicesWords.skills;

export function Skills(props: Administering) {
  return (
    <div className={styles["scroll"]}>
      <MayNot action="change-skills" />
      <div className={styles["cards"]}>
        <SkillsGroup {...props} />
        <ProfilesGroup {...props} />
        <AttendantsGroup {...props} />
      </div>
    </div>
  );
}

/** Begins to change something, once what is not saved elsewhere may go. */
function begin(draft: Draft): void {
  leave(() => putDraft(draft));
}

function Group({ title, text, children }: { title: string; text: string; children: ReactNode }) {
  const id = useId();
  return (
    <section className={styles["group"]} aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <p className="quiet">{text}</p>
      {children}
    </section>
  );
}

function SkillsGroup({ view, again }: Administering) {
  const draft = useDrafts(({ draft }) => (draft?.of === "skill" ? draft.form : null));
  const form = (skill: SkillForm) => (
    <Editing
      label={skill.id === null ? words.addNew : words.rename(skill.name)}
      problems={nameProblem(
        skill.name,
        view.ranges.skill_name,
        view.skills.filter(({ id }) => id !== skill.id),
      )}
      onSave={() =>
        ask("put_skill", { skill }).then(
          ({ id }) =>
            () =>
              keptDraft(skill, id),
        )
      }
      again={again}
    >
      <NameField
        label={words.name}
        value={skill.name}
        onChange={(name) => putDraft({ of: "skill", form: { ...skill, name } })}
      />
    </Editing>
  );
  return (
    <Group title={words.title} text={words.text}>
      {view.skills.length === 0 && draft === null && <p>{words.empty}</p>}
      <ul className={styles["stack"]}>
        {view.skills.map((skill) =>
          draft !== null && draft.id === skill.id ? (
            <li key={skill.id}>{form(draft)}</li>
          ) : (
            <Line
              key={skill.id}
              name={skill.name}
              edit={words.rename(skill.name)}
              remove={words.remove(skill.name)}
              onEdit={() => begin({ of: "skill", form: skill })}
              onRemove={() =>
                skill.id !== null && void act("remove_skill", { skill: skill.id }).then(() => again())
              }
            />
          ),
        )}
      </ul>
      {draft !== null && draft.id === null ? (
        form(draft)
      ) : (
        <Add label={words.addNew} onAdd={() => begin({ of: "skill", form: { id: null, name: "" } })} />
      )}
    </Group>
  );
}

function ProfilesGroup({ view, again }: Administering) {
  const draft = useDrafts(({ draft }) => (draft?.of === "profile" ? draft.form : null));
  const put = (form: ProfileForm) => putDraft({ of: "profile", form });
  const form = (profile: ProfileForm) => (
    <Editing
      label={profile.id === null ? words.addProfile : words.edit(profile.name)}
      problems={profileProblems(profile, view)}
      onSave={() =>
        ask("put_profile", { profile }).then(
          ({ id }) =>
            () =>
              keptDraft(profile, id),
        )
      }
      again={again}
    >
      <NameField
        label={words.profileName}
        value={profile.name}
        onChange={(name) => put({ ...profile, name })}
      />
      <SkillLevels
        name="skills"
        label={words.needs}
        levelLabel={words.ownLevel}
        view={view}
        skills={profile.skills}
        onChange={(skills) => put({ ...profile, skills })}
      />
    </Editing>
  );
  return (
    <Group title={words.profiles} text={words.profilesText}>
      {view.profiles.length === 0 && draft === null && <p>{words.noProfiles}</p>}
      <ul className={styles["stack"]}>
        {view.profiles.map((profile) =>
          draft !== null && draft.id === profile.id ? (
            <li key={profile.id}>{form(draft)}</li>
          ) : (
            <Line
              key={profile.id}
              name={profile.name}
              detail={skillsText(profile.skills, view)}
              edit={words.edit(profile.name)}
              remove={words.remove(profile.name)}
              onEdit={() => begin({ of: "profile", form: profile })}
              onRemove={() =>
                profile.id !== null && void act("remove_profile", { profile: profile.id }).then(() => again())
              }
            />
          ),
        )}
      </ul>
      {draft !== null && draft.id === null ? (
        form(draft)
      ) : (
        <Add
          label={words.addProfile}
          onAdd={() => begin({ of: "profile", form: { id: null, name: "", skills: [] } })}
        />
      )}
    </Group>
  );
}

function AttendantsGroup({ view, again }: Administering) {
  const draft = useDrafts(({ draft }) => (draft?.of === "attendant" ? draft.form : null));
  const put = (form: AttendantForm) => putDraft({ of: "attendant", form });
  return (
    <Group title={words.attendants} text={words.attendantsText}>
      <ul className={styles["stack"]}>
        {view.attendants.map((attendant) => {
          if (draft === null || draft.id !== attendant.id) {
            const profile = view.profiles.find(({ id }) => id === attendant.profile)?.name;
            const skills = skillsText(attendant.skills, view);
            return (
              <Line
                key={attendant.id}
                name={attendant.name}
                detail={
                  profile === undefined
                    ? skills
                    : attendant.skills.length === 0
                      ? profile
                      : `${profile} · ${skills}`
                }
                edit={words.edit(attendant.name)}
                onEdit={() => begin({ of: "attendant", form: attendant })}
              />
            );
          }
          return (
            <li key={attendant.id}>
              <Editing
                label={words.edit(draft.name)}
                problems={needProblems("skills", draft.skills, view.ranges)}
                onSave={() => ask("set_skills", { attendant: draft }).then(() => () => keptDraft(draft))}
                again={again}
              >
                <strong>{draft.name}</strong>
                <ProfileField
                  view={view}
                  attendant={draft}
                  onChange={(profile) => put({ ...draft, profile })}
                />
                <SkillLevels
                  name="skills"
                  label={words.own}
                  levelLabel={words.ownLevel}
                  view={view}
                  skills={draft.skills}
                  onChange={(skills) => put({ ...draft, skills })}
                />
              </Editing>
            </li>
          );
        })}
      </ul>
    </Group>
  );
}

function skillsText(skills: readonly SkillLevelForm[], view: ServicesView): string {
  if (skills.length === 0) return words.noSkills;
  return skills
    .map(({ skill, level }) => `${view.skills.find(({ id }) => id === skill)?.name ?? skill} ${level}`)
    .join(", ");
}

function ProfileField(props: {
  view: ServicesView;
  attendant: AttendantForm;
  onChange: (profile: string | null) => void;
}) {
  const field = useField("profile");
  return (
    <Field label={words.profile} {...field.wrong}>
      <Select
        id={field.id}
        value={props.attendant.profile ?? ""}
        onChange={(_, { value }) => props.onChange(value === "" ? null : value)}
      >
        <option value="">{words.noProfile}</option>
        {props.view.profiles.map(({ id, name }) => (
          <option key={id} value={id ?? ""}>
            {name}
          </option>
        ))}
      </Select>
    </Field>
  );
}

function NameField(props: { label: string; value: string; onChange: (value: string) => void }) {
  const field = useField("name");
  return (
    <Field label={props.label} {...field.wrong}>
      <Input
        id={field.id}
        // Asked for by a button a moment ago: the cursor belongs here.
        // eslint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
        value={props.value}
        autoComplete="off"
        onChange={(_, { value }) => props.onChange(value)}
      />
    </Field>
  );
}

function Line(props: {
  name: string;
  detail?: string;
  edit: string;
  remove?: string;
  onEdit: () => void;
  onRemove?: () => void;
}) {
  return (
    <li className={styles["line"]}>
      <span className={styles["two"]}>
        <span className="cut">{props.name}</span>
        {props.detail !== undefined && <span className={styles["small"]}>{props.detail}</span>}
      </span>
      <Button
        size="small"
        appearance="subtle"
        icon={<EditRegular />}
        aria-label={props.edit}
        onClick={props.onEdit}
      />
      {props.remove !== undefined && (
        <Button
          size="small"
          appearance="subtle"
          icon={<DeleteRegular />}
          aria-label={props.remove}
          onClick={props.onRemove}
        />
      )}
    </li>
  );
}

function Add({ label, onAdd }: { label: string; onAdd: () => void }) {
  return (
    <Button className={styles["start"] ?? ""} icon={<AddRegular />} onClick={onAdd}>
      {label}
    </Button>
  );
}

/** The form around the fields of one thing: Enter saves, Escape gives up. */
function Editing(props: {
  label: string;
  problems: Problems;
  /** Gives what is to be done once the list has been asked for again. */
  onSave: () => Promise<() => void>;
  again: () => Promise<void>;
  children: ReactNode;
}) {
  const id = useId();
  const [tried, setTried] = useState(false);
  const [refused, setRefused] = useState<RefusedError | null>(null);
  const problems = useMemo(() => {
    const own = tried ? props.problems : {};
    return refused?.field == null ? own : { ...own, [refused.field]: refused.message };
  }, [tried, props.problems, refused]);
  const context = useMemo(() => ({ problems, id }), [problems, id]);

  async function save(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    setTried(true);
    setRefused(null);
    const first = Object.keys(props.problems)[0];
    if (first !== undefined) {
      document.getElementById(`${id}-${first}`)?.focus();
      return;
    }
    try {
      const kept = await props.onSave();
      await props.again();
      kept();
    } catch (error) {
      setRefused(RefusedError.from(error));
    }
  }

  return (
    // The key comes up from the fields within.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <form
      className={styles["editing"]}
      aria-label={props.label}
      noValidate
      onSubmit={(event) => void save(event)}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        dropDraft();
      }}
    >
      <FormContext value={context}>{props.children}</FormContext>
      {refused !== null && refused.field === null && (
        <p role="alert" className={styles["warning"]}>
          {servicesWords.checks.refused} {refused.message}
        </p>
      )}
      <div className={styles["buttons"]}>
        <Button type="submit" appearance="primary">
          {servicesWords.service.save}
        </Button>
        <Button onClick={dropDraft}>{servicesWords.service.cancel}</Button>
      </div>
    </form>
  );
}
