//! The address books: the sources contacts come from and how they stand (DIR-1), and bringing in a file: choose or drop it, see
//! what came in, and every row that did not with its line and reason.

import { Button, ProgressBar, Tab, TabList } from "@fluentui/react-components";
import { ArrowUploadRegular, CheckmarkCircleRegular, ErrorCircleRegular } from "@fluentui/react-icons";
import { type DragEvent, useEffect, useRef, useState } from "react";
import type { ImportReport } from "../../platform/bindings";
import { ask, RefusedError } from "../../platform/platform";
import { CopyButton } from "../../shared/CopyButton";
import { useDesk } from "../../shared/desk";
import { MayNot } from "../../shared/MayNot";
import { importWords as words } from "./importWords";
import styles from "./directory.module.css";
import { bringIn, refusalOf, rejectedAsText, type Sent } from "./file";
import { Numbers } from "./Numbers";
import { numberWords } from "./numberWords";
import { OwnGroups } from "./OwnGroups";
import { Sources } from "./Sources";

type Part = keyof typeof numberWords.tabs;

type Progress =
  | { step: "idle" }
  | { step: "importing"; name: string; sent: Sent }
  | { step: "stopped"; name: string }
  | { step: "done"; report: ImportReport }
  | { step: "failed"; why: string };

export default function Directory() {
  const [part, setPart] = useState<Part>("sources");
  const [progress, setProgress] = useState<Progress>({ step: "idle" });
  const contacts = useContactCount();
  const busy = progress.step === "importing";
  const stop = useRef<AbortController | null>(null);

  async function importFile(file: File): Promise<void> {
    const refusal = refusalOf(file);
    if (refusal !== null) {
      setProgress({ step: "failed", why: refusal });
      return;
    }
    const { name } = file;
    const stopping = new AbortController();
    stop.current = stopping;
    try {
      setProgress({ step: "importing", name, sent: { share: 0, contacts: 0 } });
      const report = await bringIn(file, stopping.signal, (sent) =>
        setProgress({ step: "importing", name, sent }),
      );
      setProgress(report === null ? { step: "stopped", name } : { step: "done", report });
    } catch (error) {
      setProgress({ step: "failed", why: RefusedError.from(error).message });
    }
  }

  return (
    <section className={styles["directory"]} aria-labelledby="directory-title">
      <header className={styles["head"]}>
        <h1 id="directory-title">{words.title}</h1>
        {contacts !== null && <span className="quiet">{words.held(contacts)}</span>}
      </header>
      <TabList
        size="small"
        className={styles["tabs"] ?? ""}
        aria-label={numberWords.tabList}
        selectedValue={part}
        onTabSelect={(_, { value }) => setPart(value as Part)}
      >
        {(Object.keys(numberWords.tabs) as Part[]).map((name) => (
          <Tab key={name} value={name}>
            {numberWords.tabs[name]}
          </Tab>
        ))}
      </TabList>
      {part === "sources" && (
        <>
          <Sources />
          <h2>{words.files}</h2>
          <p>{words.intro}</p>
          <MayNot action="import-contacts" />
          <DropZone busy={busy} onFile={(file) => void importFile(file)} />
          {progress.step === "importing" && <Importing {...progress} onStop={() => stop.current?.abort()} />}
          <div aria-live="polite">
            <Outcome progress={progress} />
          </div>
          <section className={styles["formats"]}>
            <h2>{words.formats}</h2>
            <p>{words.size}</p>
            <p>{words.csv}</p>
            <p>{words.vcard}</p>
          </section>
        </>
      )}
      {part === "numbers" && <Numbers />}
      {part === "groups" && <OwnGroups />}
    </section>
  );
}

function useContactCount(): number | null {
  const revision = useDesk((desk) => desk.contacts_revision);
  const [count, setCount] = useState<number | null>(null);
  useEffect(() => {
    let gone = false;
    ask("get_setup", {}).then(
      ({ contacts }) => !gone && setCount(contacts),
      () => undefined,
    );
    return () => {
      gone = true;
    };
  }, [revision]);
  return count;
}

function DropZone({ busy, onFile }: { busy: boolean; onFile: (file: File) => void }) {
  const picker = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);

  function onDrop(event: DragEvent): void {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer.files[0];
    if (file && !busy) onFile(file);
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
      <Button appearance="primary" disabled={busy} onClick={() => picker.current?.click()}>
        {words.choose}
      </Button>
      <span className="quiet">{words.drop}</span>
      <input
        ref={picker}
        className="visually-hidden"
        type="file"
        tabIndex={-1}
        aria-label={words.choose}
        accept=".csv,.txt,.vcf,.vcard,text/csv,text/vcard"
        onChange={(event) => {
          const file = event.target.files?.[0];
          if (file) onFile(file);
          // The same file again, mended, is a change too.
          event.target.value = "";
        }}
      />
    </div>
  );
}

/** How far it is, and the way out. Not read aloud with every part: the bar tells a screen reader. */
function Importing({ name, sent, onStop }: { name: string; sent: Sent; onStop: () => void }) {
  return (
    <div className={styles["importing"]}>
      <ProgressBar aria-label={words.importing(name)} value={sent.share} max={1} />
      <p>
        <strong>{words.importing(name)}</strong>{" "}
        <span className="digits">{words.sofar(sent.share, sent.contacts)}</span>{" "}
        <span className="quiet">{words.stays}</span>
      </p>
      <Button size="small" disabled={sent.share === 1} onClick={onStop}>
        {words.stop}
      </Button>
    </div>
  );
}

function Outcome({ progress }: { progress: Progress }) {
  switch (progress.step) {
    case "idle":
    case "importing":
      return null;
    case "stopped":
      return <p>{words.stopped(progress.name)}</p>;
    case "failed":
      return (
        <p className={styles["failed"]}>
          <ErrorCircleRegular fontSize={20} /> {words.failed} {progress.why}
        </p>
      );
    case "done":
      return <Report report={progress.report} />;
  }
}

function Report({ report }: { report: ImportReport }) {
  const { rejected, rejected_total, unread } = report;
  return (
    <section className={styles["report"]}>
      <p className={styles["done"]}>
        <CheckmarkCircleRegular fontSize={20} />
        <span>
          {words.done(report.imported, report.book)}{" "}
          {rejected_total === 0 ? words.allGood : words.rejected(rejected_total)}
        </span>
        {rejected_total > 0 && <CopyButton text={rejectedAsText(rejected)} label={words.copy} />}
      </p>
      {unread.length > 0 && <p className="quiet">{words.unread(unread)}</p>}
      {rejected_total > rejected.length && (
        <p className="quiet">{words.shown(rejected.length, rejected_total)}</p>
      )}
      {rejected.length > 0 && (
        // Scrolls, so the keyboard must be able to reach it.
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <div className={styles["rejected"]} tabIndex={0} role="region" aria-label={words.table}>
          <table>
            <thead>
              <tr>
                <th scope="col">{words.line}</th>
                <th scope="col">{words.effect}</th>
                <th scope="col">{words.reason}</th>
              </tr>
            </thead>
            <tbody>
              {rejected.map(({ line, kept, reason }, index) => (
                <tr key={index}>
                  <td className="digits">{line}</td>
                  <td className={styles["effect"]}>{kept ? words.kept : words.left}</td>
                  <td>{reason}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
