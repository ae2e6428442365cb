//! Taking the calls of an earlier telephone system over (REPORT-5): choose a file, say what its columns mean, see what that gives, import
//! it and see what came of it. The host reads and decides; see `pastCalls.ts` for what is kept.

import { Button, ProgressBar, Spinner } from "@fluentui/react-components";
import { ArrowLeftRegular, ArrowUploadRegular, CheckmarkCircleRegular } from "@fluentui/react-icons";
import { type DragEvent, useRef, useState } from "react";
import type { CallExample, CallsCheck, CallsLook, RefusedCall } from "../../platform/bindings";
import { size } from "../../shared/bytes";
import { saveCsv, saveFile } from "../../shared/files";
import { span } from "../../shared/format";
import { MayNot } from "../../shared/MayNot";
import { useMay } from "../../shared/rights";
import { showScreen } from "../../shared/screen";
import { Mapping } from "./Mapping";
import { bringIn, loadMapping, lookAt, refusedAsCsv, stop, usePastCalls } from "./pastCalls";
import { pastCallsWords as words } from "./pastCallsWords";
import styles from "./pastcalls.module.css";

export default function PastCalls() {
  const { file, look, mapping, check, problem, isLooking, sent, result } = usePastCalls();
  const isAllowed = useMay("import-calls");
  return (
    <section className={styles["page"]} aria-labelledby="past-calls-title">
      <header className={styles["head"]}>
        <h1 id="past-calls-title">{words.title}</h1>
        <span className="quiet">{words.lead}</span>
        <Button
          size="small"
          className={styles["back"] ?? ""}
          icon={<ArrowLeftRegular />}
          onClick={() => showScreen("reports")}
        >
          {words.back}
        </Button>
      </header>
      <MayNot action="import-calls" />
      {isAllowed && (
        <>
          {file !== null && look !== null && mapping !== null ? (
            <Chosen file={file} look={look} text={check?.text ?? null} isBusy={sent !== null} />
          ) : (
            <DropZone isBusy={isLooking} />
          )}
          <div aria-live="polite">
            {isLooking && <Spinner size="tiny" label={words.looking} />}
            {problem !== null && (
              <p className={styles["problem"]} role="alert">
                {problem}
              </p>
            )}
          </div>
          {sent !== null && file !== null && <Sending />}
          {result !== null && sent === null && <Done />}
          {look !== null && mapping !== null && sent === null && (
            <>
              <Mapping look={look} mapping={mapping} />
              <Check />
            </>
          )}
        </>
      )}
    </section>
  );
}

function DropZone({ isBusy }: { isBusy: boolean }) {
  const [over, setOver] = useState(false);

  function onDrop(event: DragEvent): void {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer.files[0];
    if (file && !isBusy) void lookAt(file);
  }

  return (
    // The button inside is the way by keyboard; dropping is an extra one for the mouse.
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions
    <div
      className={styles["drop"]}
      data-over={over || undefined}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={onDrop}
    >
      <ArrowUploadRegular fontSize={28} aria-hidden />
      <Picker
        label={words.choose}
        isPrimary
        isBusy={isBusy}
        accept={CALLS}
        onFile={(file) => void lookAt(file)}
      />
      <span className="quiet">{words.drop}</span>
    </div>
  );
}

const CALLS = ".csv,.tsv,.txt,.gz,text/csv,text/tab-separated-values,application/gzip";
const MAPPINGS = ".toml";

function Picker(props: {
  label: string;
  isPrimary?: boolean;
  isBusy: boolean;
  accept: string;
  onFile: (file: File) => void;
}) {
  const picker = useRef<HTMLInputElement>(null);
  const { label, isPrimary = false, isBusy, accept, onFile } = props;
  return (
    <>
      <Button
        {...(isPrimary ? { appearance: "primary" as const } : { size: "small" as const })}
        disabled={isBusy}
        onClick={() => picker.current?.click()}
      >
        {label}
      </Button>
      <input
        ref={picker}
        className="visually-hidden"
        type="file"
        tabIndex={-1}
        aria-label={label}
        accept={accept}
        onChange={(event) => {
          const file = event.target.files?.[0];
          if (file) onFile(file);
          // The same file again, mended, is a change too.
          event.target.value = "";
        }}
      />
    </>
  );
}

/** The file and its mapping. */
function Chosen(props: { file: File; look: CallsLook; text: string | null; isBusy: boolean }) {
  const { file, look, text, isBusy } = props;
  const separator = words.separators[look.mapping.separator] ?? look.mapping.separator;
  const save = (): void =>
    saveFile(new Blob([text ?? ""], { type: "application/toml" }), `${look.mapping.source}.toml`);
  return (
    <section className={styles["file"]} aria-label={words.file}>
      <div>
        <strong>{file.name}</strong>
        <span className="quiet">
          {words.size(size(file.size), look.encoding, words.betweenColumns(separator), look.packed)}
        </span>
      </div>
      <div className={styles["buttons"]}>
        <Picker label={words.another} isBusy={isBusy} accept={CALLS} onFile={(file) => void lookAt(file)} />
        <Picker
          label={words.load}
          isBusy={isBusy}
          accept={MAPPINGS}
          onFile={(file) => void loadMapping(file)}
        />
        <Button size="small" disabled={text === null} onClick={save}>
          {words.save}
        </Button>
      </div>
    </section>
  );
}

/** What the beginning of the file gives with this mapping, and the way on. */
function Check() {
  const { check, isChecking, result } = usePastCalls();
  return (
    <section className={styles["card"]} aria-labelledby="past-calls-check" aria-busy={isChecking}>
      <header className={styles["head"]}>
        <h2 id="past-calls-check">{words.check}</h2>
        {isChecking && <Spinner size="tiny" label={words.checking} />}
      </header>
      {check !== null && <Checked check={check} />}
      <div className={styles["buttons"]}>
        <Button
          appearance="primary"
          disabled={isChecking || check === null || check.good === 0}
          onClick={() => void bringIn()}
        >
          {result?.isStopped === true ? words.goOn : words.begin}
        </Button>
        <span className="quiet">{words.writes}</span>
      </div>
    </section>
  );
}

function Checked({ check }: { check: CallsCheck }) {
  return (
    <>
      <p role="status">
        {words.checked(check.rows, check.good)}{" "}
        {check.refused_total === 0 ? words.allGood : words.refusedOf(check.refused_total)}
      </p>
      {check.refused.length > 0 && <Refused refused={check.refused} />}
      {check.outdated > 0 && <p>{words.outdatedHere(check.outdated)}</p>}
      {check.examples.length > 0 && <Examples calls={check.examples} />}
    </>
  );
}

function Refused({ refused }: { refused: readonly RefusedCall[] }) {
  return (
    // Scrolls, so the keyboard must be able to reach it.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={styles["scroll"]} tabIndex={0} role="region" aria-label={words.table}>
      <table className={styles["table"]}>
        <thead>
          <tr>
            <th scope="col">{words.line}</th>
            <th scope="col">{words.reason}</th>
          </tr>
        </thead>
        <tbody>
          {refused.map(({ line, reason }, place) => (
            <tr key={place}>
              <td className="digits">{line.toLocaleString()}</td>
              <td>{reason}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Examples({ calls }: { calls: readonly CallExample[] }) {
  const { caller, service, attendant, outcome } = words.columns;
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={styles["scroll"]} tabIndex={0} role="region" aria-label={words.examples}>
      <table className={styles["table"]}>
        <caption>{words.examples}</caption>
        <thead>
          <tr>
            {[words.arrived, caller, service, words.waited, attendant, words.talked, outcome].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {calls.map((call, place) => (
            <tr key={place}>
              <td className="digits">{new Date(call.arrived).toLocaleString()}</td>
              <td>{call.caller}</td>
              <td>{call.service}</td>
              <td className="digits">
                {call.queued === null ? "" : span((call.accepted ?? call.ended) - call.queued)}
              </td>
              <td>{call.attendant}</td>
              <td className="digits">{call.accepted === null ? "" : span(call.ended - call.accepted)}</td>
              <td>{call.outcome_text}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** How far it is, and the way out. Not read aloud with every part: the bar tells a screen reader. */
function Sending() {
  const { file, sent } = usePastCalls();
  if (file === null || sent === null) return null;
  const { share, step, isStopping } = sent;
  return (
    <section className={styles["card"]} aria-label={words.importing(file.name)}>
      <ProgressBar aria-label={words.importing(file.name)} value={share} max={1} />
      <p>
        <strong>{words.importing(file.name)}</strong>{" "}
        <span className="digits">{words.sofar(share, step?.rows ?? 0, step?.taken ?? 0)}</span>
      </p>
      <div className={styles["buttons"]}>
        <Button disabled={isStopping} onClick={stop}>
          {isStopping ? words.stopping : words.stop}
        </Button>
        <span className="quiet">{words.writes}</span>
      </div>
    </section>
  );
}

function Done() {
  const { result } = usePastCalls();
  if (result === null) return null;
  const { step, refused, isStopped } = result;
  return (
    <section className={styles["card"]} role="status">
      <p className={styles["done"]}>
        {!isStopped && <CheckmarkCircleRegular fontSize={20} aria-hidden />}
        <strong>{isStopped ? words.stopped : words.done}</strong>
        {step !== null && step.before > 0 && <span className="quiet">{words.wentOn(step.before)}</span>}
      </p>
      {step !== null && (
        <>
          <dl className={styles["figures"]}>
            <Figure name={words.taken} value={step.taken} />
            <Figure name={words.known} value={step.known} />
            <Figure name={words.refused} value={step.refused_total} />
          </dl>
          {step.outdated > 0 && <p>{words.outdated(step.outdated)}</p>}
        </>
      )}
      {refused.length > 0 && (
        <>
          <Refused refused={refused.slice(0, 200)} />
          {step !== null && step.refused_total > refused.length && (
            <p className="quiet">{words.notAll(refused.length, step.refused_total)}</p>
          )}
        </>
      )}
      <div className={styles["buttons"]}>
        {refused.length > 0 && (
          <Button onClick={() => saveCsv(refusedAsCsv(refused), words.refusedName)}>
            {words.refusedCsv}
          </Button>
        )}
        {!isStopped && (
          <Button appearance="primary" onClick={() => showScreen("reports")}>
            {words.seeReports}
          </Button>
        )}
      </div>
    </section>
  );
}

function Figure({ name, value }: { name: string; value: number }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className="digits">{value.toLocaleString()}</dd>
    </div>
  );
}
