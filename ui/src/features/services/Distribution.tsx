//! Whom a service's calls are offered to, and how the pool widens with the wait (ROUTE-2): the levels, and a picture of them
//! over time, which says the same as the list below it.

import { Button, Checkbox, Field, Radio, RadioGroup } from "@fluentui/react-components";
import { AddRegular, DismissRegular } from "@fluentui/react-icons";
import type { DistributionName, LevelForm, ServiceForm } from "../../platform/bindings";
import { servicesWords } from "../../shared/servicesWords";
import { FieldGroup, NumberField, SkillLevels, useField } from "./fields";
import { poolOf, type Step } from "./pool";
import type { PartProps } from "./ServiceEditor";
import styles from "./services.module.css";

const words = servicesWords.service;

const DISTRIBUTIONS = Object.keys(words.distributions) as DistributionName[];
/** How much later a new level begins: about as long as the first member rings. */
const LEVEL_STEP_MS = 20_000;

export function Distribution(props: PartProps) {
  const { form, onChange } = props;
  const field = useField("distribution");
  return (
    <div className={styles["twoColumns"]}>
      <Field label={words.distribution} {...field.wrong}>
        <RadioGroup
          id={field.id}
          value={form.distribution}
          onChange={(_, { value }) => onChange({ distribution: value as DistributionName })}
        >
          {DISTRIBUTIONS.map((name) => (
            <Radio
              key={name}
              value={name}
              label={
                <>
                  {words.distributions[name]}
                  <br />
                  <span className={styles["small"]}>{words.distributes[name]}</span>
                </>
              }
            />
          ))}
        </RadioGroup>
      </Field>
      <Levels {...props} />
    </div>
  );
}

function Levels({ view, form, onChange }: PartProps) {
  const field = useField("levels");
  const { levels } = form;
  const put = (place: number, change: Partial<LevelForm>) =>
    onChange({ levels: levels.map((level, at) => (at === place ? { ...level, ...change } : level)) });

  function add(): void {
    const last = levels.at(-1);
    const after_ms = last === undefined ? 0 : Math.max(last.after_ms, 0) + LEVEL_STEP_MS;
    onChange({ levels: [...levels, { after_ms, needs: [], profiles: [] }] });
  }

  return (
    <div className={styles["fields"]}>
      <FieldGroup name="levels" label={words.levels} hint={words.levelsHint}>
        <Widening steps={poolOf(form, view)} form={form} />
        {levels.length === 0 && <span className="quiet">{words.noLevels}</span>}
        {levels.map((level, place) => (
          <fieldset
            // A level has no name but its place.
            key={place}
            className={styles["level"]}
          >
            <legend>
              {words.level(place + 1)}
              <Button
                size="small"
                appearance="subtle"
                icon={<DismissRegular />}
                aria-label={words.removeLevel(place + 1)}
                onClick={() => onChange({ levels: withoutLevel(levels, place) })}
              />
            </legend>
            <NumberField
              name={`levels.${place}.after_ms`}
              label={words.after}
              range={view.ranges.level_after_ms}
              scale={1000}
              value={level.after_ms}
              onChange={(after_ms) => put(place, { after_ms })}
            />
            <SkillLevels
              name={`levels.${place}.needs`}
              label={words.levelNeeds}
              levelLabel={servicesWords.skills.level}
              empty={words.everybody}
              view={view}
              skills={level.needs}
              onChange={(needs) => put(place, { needs })}
            />
            {view.profiles.length > 0 && (
              <div role="group" aria-label={words.levelProfiles} className={styles["checks"]}>
                <span>{words.levelProfiles}</span>
                {view.profiles.map(({ id, name }) => (
                  <Checkbox
                    key={id}
                    label={name}
                    checked={id !== null && level.profiles.includes(id)}
                    onChange={(_, { checked }) =>
                      id !== null && put(place, { profiles: toggled(level.profiles, id, checked === true) })
                    }
                  />
                ))}
              </div>
            )}
          </fieldset>
        ))}
        <Button
          id={field.id}
          className={styles["start"] ?? ""}
          icon={<AddRegular />}
          disabledFocusable={levels.length >= view.ranges.levels.max}
          onClick={add}
        >
          {words.addLevel}
        </Button>
      </FieldGroup>
    </div>
  );
}

/** The first level begins at once, also when the one before it is taken away. */
function withoutLevel(levels: readonly LevelForm[], place: number): LevelForm[] {
  return levels
    .filter((_, at) => at !== place)
    .map((level, at) => (at === 0 ? { ...level, after_ms: 0 } : level));
}

function toggled(ids: readonly string[], id: string, on: boolean): string[] {
  return on ? [...ids, id] : ids.filter((other) => other !== id);
}

const WIDTH = 400;
const HEIGHT = 96;
const FLOOR = 74;

/** Steps that widen from the first wait to the longest; heights follow the number of members. */
function Widening({ steps, form }: { steps: readonly Step[]; form: ServiceForm }) {
  const end_ms = Math.max(form.queue_time_max_ms || 0, (steps.at(-1)?.after_ms ?? 0) * 1.2, 1_000);
  const most = Math.max(1, ...steps.map(({ attendants }) => attendants));
  // A square root gives the first seconds room: levels mostly begin early in a wait of minutes.
  const x = (ms: number) => Math.sqrt(Math.min(1, Math.max(0, ms) / end_ms)) * WIDTH;
  const top = (attendants: number) => FLOOR - 8 - (attendants / most) * (FLOOR - 30);
  const known = steps.filter(({ after_ms }) => Number.isFinite(after_ms));
  return (
    <figure className={styles["widening"]}>
      <figcaption className={styles["small"]}>{words.picture}</figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={said(known)}>
        {known.map(({ after_ms, attendants }, place) => {
          const from = x(after_ms);
          const to = x(known[place + 1]?.after_ms ?? end_ms);
          return (
            <g key={after_ms} data-level={place % 5}>
              <rect
                x={from}
                y={top(attendants)}
                width={Math.max(0, to - from)}
                height={FLOOR - top(attendants)}
              />
              <text x={from + 4} y={top(attendants) - 5} className={styles["count"]}>
                {attendants}
              </text>
              <line x1={from} x2={from} y1={FLOOR} y2={FLOOR + 5} />
              <text x={place === 0 ? from : from - 6} y={HEIGHT - 4}>
                {seconds(after_ms)}
              </text>
            </g>
          );
        })}
        <line x1={0} x2={WIDTH} y1={FLOOR} y2={FLOOR} />
        <text x={WIDTH} y={HEIGHT - 4} textAnchor="end">
          {seconds(end_ms)}
        </text>
      </svg>
    </figure>
  );
}

function said(steps: readonly Step[]): string {
  return steps
    .map(({ after_ms, attendants }) => `${words.fromWait(seconds(after_ms))}: ${words.pool(attendants)}`)
    .join(", ");
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
