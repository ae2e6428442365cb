//! "Why?" for one call (ROUTE-6): how everybody of its service stands to it now, and what was decided about it before. What it
//! says comes from the host, sentence by sentence; decides nothing.

import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Spinner,
} from "@fluentui/react-components";
import { useCallback, useEffect, useState } from "react";
import type { WhyCandidate, WhyDecision, WhyFate, WhyLook, WhyView } from "../../platform/bindings";
import { ask, RefusedError } from "../../platform/platform";
import { useScreen, type WhyAsked } from "../../shared/screen";
import styles from "./why.module.css";
import { whyWords } from "./whyWords";

/** Between two looks at how things stand: a person reads no faster. */
const LOOK_EVERY_MS = 1_000;

const close = (): void => useScreen.setState({ why: null });

export default function Why({ asked }: { asked: WhyAsked }) {
  const [past, setPast] = useState(asked.past);
  const { view, problem } = useWhy(asked.call, past);
  return (
    <Dialog open onOpenChange={(_, data) => !data.open && close()}>
      <DialogSurface className={styles["surface"] ?? ""}>
        <DialogBody>
          <DialogTitle>{whyWords.title(asked.who)}</DialogTitle>
          <DialogContent className={styles["why"]}>
            {problem !== null && <p role="alert">{problem}</p>}
            {view === null && problem === null && (
              <Spinner label={past ? whyWords.reading : whyWords.loading} />
            )}
            {view !== null && <Told view={view} past={past} onPast={() => setPast(true)} />}
          </DialogContent>
          <DialogActions>
            <Button onClick={close}>{whyWords.close}</Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}

interface Answer {
  view: WhyView | null;
  problem: string | null;
}

/** Asks at once, and again while the call waits and the console changes. What was decided is read once. */
function useWhy(call: string, past: boolean): Answer {
  const [answer, setAnswer] = useState<Answer>({ view: null, problem: null });
  const look = useCallback(
    (whole: boolean, latest: () => boolean): void => {
      ask("get_why", { call, past: whole }).then(
        (view) =>
          latest() &&
          setAnswer(({ view: before }) => ({
            view: whole || before === null ? view : { ...before, now: view.now },
            problem: null,
          })),
        (error: unknown) =>
          latest() && setAnswer(({ view }) => ({ view, problem: RefusedError.from(error).message })),
      );
    },
    [call],
  );
  useEffect(() => {
    let wanted = true;
    look(past, () => wanted);
    return () => void (wanted = false);
  }, [look, past]);

  const waits = answer.view !== null && answer.view.now !== null;
  useEffect(() => {
    if (!waits) return;
    let wanted = true;
    const timer = setInterval(() => look(false, () => wanted), LOOK_EVERY_MS);
    return () => {
      wanted = false;
      clearInterval(timer);
    };
  }, [look, waits]);
  return answer;
}

function Told({ view, past, onPast }: { view: WhyView; past: boolean; onPast: () => void }) {
  return (
    <>
      {view.now !== null ? (
        <section aria-labelledby="why-now">
          <h3 id="why-now">{whyWords.now}</h3>
          <Look look={view.now} />
        </section>
      ) : (
        !past && <p>{whyWords.gone}</p>
      )}
      {past ? (
        <Past view={view} />
      ) : (
        <Button size="small" onClick={onPast}>
          {whyWords.showPast}
        </Button>
      )}
    </>
  );
}

function Past({ view }: { view: WhyView }) {
  return (
    <section aria-labelledby="why-past">
      <h3 id="why-past">{whyWords.past}</h3>
      {view.shortened && <p className="quiet">{whyWords.shortened}</p>}
      {view.decisions.length === 0 && <p>{whyWords.none}</p>}
      <ol className={styles["decisions"]}>
        {view.decisions.map((decision, index) => (
          <Decision key={index} decision={decision} />
        ))}
      </ol>
    </section>
  );
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });

function Decision({ decision }: { decision: WhyDecision }) {
  const { look } = decision;
  return (
    <li>
      <time className="digits" dateTime={new Date(decision.at).toISOString()}>
        {clock.format(decision.at)}
      </time>
      <div className={styles["decided"]}>
        {decision.sentence}
        {look !== null && look.candidates.length > 0 && (
          <details>
            <summary>{whyWords.considered(look.candidates.length + look.more)}</summary>
            <Facts look={look} />
            <Candidates look={look} />
          </details>
        )}
      </div>
    </li>
  );
}

function Look({ look }: { look: WhyLook }) {
  return (
    <>
      <p className={styles["summary"]}>{look.summary}</p>
      <Facts look={look} />
      {look.candidates.length > 0 && <Candidates look={look} />}
    </>
  );
}

function Facts({ look }: { look: WhyLook }) {
  return (
    <ul className={styles["facts"]}>
      {look.facts.map((fact) => (
        <li key={fact}>{fact}</li>
      ))}
    </ul>
  );
}

function Candidates({ look }: { look: WhyLook }) {
  return (
    <div className={styles["candidates"]}>
      <table>
        <caption className="visually-hidden">{whyWords.members}</caption>
        <thead className="visually-hidden">
          <tr>
            <th scope="col">{whyWords.columns.member}</th>
            <th scope="col">{whyWords.columns.reason}</th>
          </tr>
        </thead>
        <tbody>
          {look.candidates.map((candidate) => (
            <Candidate key={candidate.attendant} candidate={candidate} />
          ))}
        </tbody>
      </table>
      {look.more > 0 && <p className="quiet">{whyWords.more(look.more)}</p>}
    </div>
  );
}

/** Told apart by shape, not by colour alone. */
const SHAPES = { rung: "●", selectable: "○", passed_over: "–" } satisfies Record<WhyFate, string>;

function Candidate({ candidate }: { candidate: WhyCandidate }) {
  return (
    <tr data-fate={candidate.fate}>
      <th scope="row">
        <span aria-hidden className={styles["shape"]}>
          {SHAPES[candidate.fate]}
        </span>
        <span className="cut" title={candidate.name}>
          {candidate.name}
        </span>
        <span className="visually-hidden">{whyWords.fate[candidate.fate]}</span>
      </th>
      <td>{candidate.reason}</td>
    </tr>
  );
}
