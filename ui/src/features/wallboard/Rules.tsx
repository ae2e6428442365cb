//! What figures of the wallboard warn at: for every service, or for one of its own. The host keeps it and says who may.

import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Field,
  Input,
  Select,
} from "@fluentui/react-components";
import { useId, useState } from "react";
import type { BoardForm, BoardView } from "../../platform/bindings";
import { ask, RefusedError } from "../../platform/platform";
import { MayNot } from "../../shared/MayNot";
import { useMay } from "../../shared/rights";
import { FIGURES, LOW_IS_WORSE } from "./board";
import { type Formula, formOf, problemsOf, type Typed, typedFrom } from "./rules";
import styles from "./wallboard.module.css";
import { wallboardWords } from "./wallboardWords";

const words = wallboardWords.rules;

/** What is in force for this service; `""`: for every one without its own. */
function inForce(board: BoardView, of: string): BoardForm {
  const service = board.services.find(({ id }) => id === of);
  if (service === undefined || !service.own) return board.form;
  const { formula, sla_seconds, levels } = service;
  return { formula, sla_seconds, levels };
}

export function Rules({ board, onClose }: { board: BoardView; onClose: () => void }) {
  const isForAll = useMay("change-services", null);
  const isForSome = useMay("change-services");
  const first = isForAll ? "" : (board.services[0]?.id ?? "");
  const [of, setOf] = useState(first);
  const [typed, setTyped] = useState<Typed>(() => typedFrom(inForce(board, first)));
  const [tried, setTried] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const problems = tried ? problemsOf(typed) : {};
  const service = board.services.find(({ id }) => id === of);

  function choose(next: string): void {
    setOf(next);
    setTyped(typedFrom(inForce(board, next)));
    setTried(false);
    setRefused(null);
  }

  async function keep(form: BoardForm | null): Promise<void> {
    setRefused(null);
    try {
      await ask("set_board_rules", { service: of === "" ? null : of, form });
      onClose();
    } catch (error) {
      setRefused(RefusedError.from(error).message);
    }
  }

  function save(): void {
    setTried(true);
    if (Object.keys(problemsOf(typed)).length === 0) void keep(formOf(typed));
  }

  return (
    <Dialog open onOpenChange={(_, data) => !data.open && onClose()}>
      <DialogSurface className={styles["rules"] ?? ""}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            save();
          }}
        >
          <DialogBody>
            <DialogTitle>{words.title}</DialogTitle>
            <DialogContent className={styles["rules-in"] ?? ""}>
              <MayNot action="change-services" />
              <p>{words.lead}</p>
              <div className={styles["pair"]}>
                <Field label={words.of}>
                  <Select value={of} onChange={(_, { value }) => choose(value)}>
                    {isForAll && <option value="">{words.all}</option>}
                    {board.services.map(({ id, name, own }) => (
                      <option key={id} value={id}>
                        {own ? words.own(name) : name}
                      </option>
                    ))}
                  </Select>
                </Field>
                <Field label={words.formula}>
                  <Select
                    value={typed.formula}
                    onChange={(_, { value }) => setTyped({ ...typed, formula: value as Formula })}
                  >
                    {(Object.keys(words.formulas) as Formula[]).map((formula) => (
                      <option key={formula} value={formula}>
                        {words.formulas[formula]}
                      </option>
                    ))}
                  </Select>
                </Field>
                <Field
                  label={words.within}
                  hint={words.withinHint}
                  {...(problems.within !== undefined && { validationMessage: problems.within })}
                >
                  <Input
                    inputMode="numeric"
                    value={typed.within}
                    onChange={(_, { value }) => setTyped({ ...typed, within: value })}
                  />
                </Field>
              </div>
              <Levels typed={typed} problems={problems} onChange={setTyped} />
              {refused !== null && (
                <p role="alert" className={styles["warning"]}>
                  {refused}
                </p>
              )}
            </DialogContent>
            <DialogActions>
              {(of === "" || service?.own) && (
                <Button disabled={!isForSome} onClick={() => void keep(null)}>
                  {of === "" ? words.usual : words.reset}
                </Button>
              )}
              <Button onClick={onClose}>{words.cancel}</Button>
              <Button type="submit" appearance="primary" disabled={!isForSome}>
                {words.save}
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}

function Levels(props: {
  typed: Typed;
  problems: ReturnType<typeof problemsOf>;
  onChange: (typed: Typed) => void;
}) {
  const { typed, problems, onChange } = props;
  const id = useId();
  return (
    <table className={styles["levels"]}>
      <thead>
        <tr>
          <th scope="col">{words.figure}</th>
          <th scope="col">▲ {words.warn}</th>
          <th scope="col">◆ {words.alarm}</th>
        </tr>
      </thead>
      <tbody>
        {FIGURES.map((figure) => {
          const problem = problems[figure];
          const from = LOW_IS_WORSE.has(figure) ? words.downFrom : words.from;
          const input = (which: "warn" | "alarm") => (
            <Input
              inputMode="numeric"
              size="small"
              aria-label={`${words.figures[figure]}, ${words[which]} ${from}`}
              aria-invalid={problem !== undefined}
              {...(problem !== undefined && { "aria-describedby": `${id}-${figure}` })}
              contentBefore={<span aria-hidden>{from}</span>}
              value={typed.levels[figure][which]}
              onChange={(_, { value }) =>
                onChange({
                  ...typed,
                  levels: { ...typed.levels, [figure]: { ...typed.levels[figure], [which]: value } },
                })
              }
            />
          );
          return (
            <tr key={figure}>
              <th scope="row">
                {words.figures[figure]}
                {problem !== undefined && (
                  <span id={`${id}-${figure}`} role="alert" className={styles["problem"]}>
                    {problem}
                  </span>
                )}
              </th>
              <td>{input("warn")}</td>
              <td>{input("alarm")}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
