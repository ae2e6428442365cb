//! Who belongs to a service: these, everybody with certain skills, or nobody; who is preferred, and when calls come all the
//! same.

import { Button, Checkbox, Field, Radio, RadioGroup } from "@fluentui/react-components";
import { ArrowDownRegular, ArrowUpRegular, DismissRegular } from "@fluentui/react-icons";
import type { MembersForm } from "../../platform/bindings";
import { servicesWords } from "../../shared/servicesWords";
import { Adder, FieldGroup, NumberField, SkillLevels, useField } from "./fields";
import type { PartProps } from "./ServiceEditor";
import styles from "./services.module.css";

const words = servicesWords.service;

type Kind = MembersForm["kind"];
const KINDS = Object.keys(words.kinds) as Kind[];

export function Members({ view, form, onChange }: PartProps) {
  const { members } = form;
  const put = (members: MembersForm) => onChange({ members });
  return (
    <div className={styles["twoColumns"]}>
      <div className={styles["fields"]}>
        <Field label={words.membersKind}>
          <RadioGroup
            value={members.kind}
            onChange={(_, { value }) => value !== members.kind && put(begin(value as Kind))}
          >
            {KINDS.map((kind) => (
              <Radio key={kind} value={kind} label={words.kinds[kind]} />
            ))}
          </RadioGroup>
        </Field>
        {members.kind === "listed" && <Listed view={view} attendants={members.attendants} onPut={put} />}
        {members.kind === "skilled" && (
          <SkillLevels
            name="members.needs"
            label={servicesWords.skills.needs}
            levelLabel={servicesWords.skills.level}
            view={view}
            skills={members.needs}
            onChange={(needs) => put({ kind: "skilled", needs })}
          />
        )}
      </div>
      <div className={styles["fields"]}>
        <Preferred view={view} form={form} onChange={onChange} />
        <div role="group" aria-label={words.selectable} className={styles["stack"]}>
          <span>{words.selectable}</span>
          <Checkbox
            label={words.busy}
            checked={form.busy_selectable}
            onChange={(_, { checked }) => onChange({ busy_selectable: checked === true })}
          />
          <Checkbox
            label={words.away}
            checked={form.away_selectable}
            onChange={(_, { checked }) => onChange({ away_selectable: checked === true })}
          />
          <Checkbox
            label={words.parallel}
            checked={form.parallel_work}
            onChange={(_, { checked }) => onChange({ parallel_work: checked === true })}
          />
        </div>
      </div>
    </div>
  );
}

function begin(kind: Kind): MembersForm {
  switch (kind) {
    case "listed":
      return { kind, attendants: [] };
    case "skilled":
      return { kind, needs: [] };
    case "nobody":
      return { kind };
  }
}

function Listed(props: {
  view: PartProps["view"];
  attendants: readonly string[];
  onPut: (members: MembersForm) => void;
}) {
  const { view, attendants } = props;
  const field = useField("members.attendants");
  const put = (attendants: string[]) => props.onPut({ kind: "listed", attendants });
  const nameOf = (id: string) => view.attendants.find((attendant) => attendant.id === id)?.name ?? id;
  const left = view.attendants.filter(({ id }) => !attendants.includes(id));

  function move(place: number, by: 1 | -1): void {
    const moved = [...attendants];
    const [one] = moved.splice(place, 1);
    if (one !== undefined) moved.splice(place + by, 0, one);
    put(moved);
  }

  return (
    <FieldGroup name="members.attendants" label={words.members}>
      {attendants.length === 0 && <span className="quiet">{words.noMembers}</span>}
      <ol className={styles["stack"]}>
        {attendants.map((id, place) => (
          <li key={id} className={styles["member"]}>
            <span className="digits quiet">{place + 1}.</span>
            <span className="cut">{nameOf(id)}</span>
            <Button
              size="small"
              appearance="subtle"
              icon={<ArrowUpRegular />}
              aria-label={words.up(nameOf(id))}
              disabledFocusable={place === 0}
              onClick={() => place > 0 && move(place, -1)}
            />
            <Button
              size="small"
              appearance="subtle"
              icon={<ArrowDownRegular />}
              aria-label={words.down(nameOf(id))}
              disabledFocusable={place === attendants.length - 1}
              onClick={() => place < attendants.length - 1 && move(place, 1)}
            />
            <Button
              size="small"
              appearance="subtle"
              icon={<DismissRegular />}
              aria-label={words.takeOut(nameOf(id))}
              onClick={() => put(attendants.filter((other) => other !== id))}
            />
          </li>
        ))}
      </ol>
      {left.length === 0 ? (
        <span className="quiet">{words.allAreMembers}</span>
      ) : (
        <Adder
          id={field.id}
          label={words.addMember}
          prompt={words.addMember}
          choices={left}
          onAdd={(id) => put([...attendants, id])}
        />
      )}
    </FieldGroup>
  );
}

function Preferred({ view, form, onChange }: PartProps) {
  const field = useField("preferred");
  const { preferred } = form;
  const nameOf = (id: string) => view.attendants.find((attendant) => attendant.id === id)?.name ?? id;
  const left = view.attendants.filter(({ id }) => !preferred.some(({ attendant }) => attendant === id));
  return (
    <FieldGroup name="preferred" label={words.preferred} hint={words.preferredHint}>
      {preferred.map(({ attendant, priority }, place) => (
        <div key={attendant} className={styles["preferred"]}>
          <NumberField
            name={`preferred.${place}.priority`}
            label={nameOf(attendant)}
            range={view.ranges.priority}
            value={priority}
            onChange={(changed) =>
              onChange({
                preferred: preferred.map((one) =>
                  one.attendant === attendant ? { attendant, priority: changed } : one,
                ),
              })
            }
          />
          <Button
            size="small"
            appearance="subtle"
            icon={<DismissRegular />}
            aria-label={words.takeOut(nameOf(attendant))}
            onClick={() => onChange({ preferred: preferred.filter((one) => one.attendant !== attendant) })}
          />
        </div>
      ))}
      {left.length > 0 && preferred.length < view.ranges.preferred.max && (
        <Adder
          id={field.id}
          label={words.addPreferred}
          prompt={words.addPreferred}
          choices={left}
          onAdd={(attendant) =>
            onChange({ preferred: [...preferred, { attendant, priority: preferred.length + 1 }] })
          }
        />
      )}
    </FieldGroup>
  );
}
