//! Bringing in address books: choose or drop a file, see what came in, and every row that did not with its line and reason.

import { Button, Spinner } from "@fluentui/react-components";
import { ArrowUploadRegular, CheckmarkCircleRegular, ErrorCircleRegular } from "@fluentui/react-icons";
import { type DragEvent, useEffect, useRef, useState } from "react";
import type { ImportReport } from "../../platform/bindings";
import { ask, RefusedError } from "../../platform/platform";
import { CopyButton } from "../../shared/CopyButton";
import { useDesk } from "../../shared/desk";
import { words } from "../../shared/words";
import styles from "./directory.module.css";
import { asBase64, refusalOf, rejectedAsText } from "./file";

type Progress =
  | { step: "idle" }
  | { step: "reading" | "importing"; name: string }
  | { step: "done"; report: ImportReport }
  | { step: "failed"; why: string };

export default function Directory() {
  const [progress, setProgress] = useState<Progress>({ step: "idle" });
  const contacts = useContactCount();
  const busy = progress.step === "reading" || progress.step === "importing";

  async function importFile(file: File): Promise<void> {
    const refusal = refusalOf(file);
    if (refusal !== null) {
      setProgress({ step: "failed", why: refusal });
      return;
    }
    try {
      setProgress({ step: "reading", name: file.name });
      const content_base64 = await asBase64(file);
      setProgress({ step: "importing", name: file.name });
      const report = await ask("import_contacts", { file_name: file.name, content_base64 });
      setProgress({ step: "done", report });
    } catch (error) {
      setProgress({ step: "failed", why: RefusedError.from(error).message });
    }
  }

  return (
    <section className={styles["directory"]} aria-labelledby="directory-title">
      <header className={styles["head"]}>
        <h1 id="directory-title">{words.directory.title}</h1>
        {contacts !== null && <span className="quiet">{words.directory.held(contacts)}</span>}
      </header>
      <p>{words.directory.intro}</p>
      <DropZone busy={busy} onFile={(file) => void importFile(file)} />
      <div aria-live="polite">
        <Outcome progress={progress} />
      </div>
      <section className={styles["formats"]}>
        <h2>{words.directory.formats}</h2>
        <p>{words.directory.csv}</p>
        <p>{words.directory.vcard}</p>
      </section>
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
        {words.directory.choose}
      </Button>
      <span className="quiet">{words.directory.drop}</span>
      <input
        ref={picker}
        className="visually-hidden"
        type="file"
        tabIndex={-1}
        aria-label={words.directory.choose}
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

function Outcome({ progress }: { progress: Progress }) {
  switch (progress.step) {
    case "idle":
      return null;
    case "reading":
      return <Spinner className={styles["busy"] ?? ""} label={words.directory.reading(progress.name)} />;
    case "importing":
      return <Spinner className={styles["busy"] ?? ""} label={words.directory.importing(progress.name)} />;
    case "failed":
      return (
        <p className={styles["failed"]}>
          <ErrorCircleRegular fontSize={20} /> {words.directory.failed} {progress.why}
        </p>
      );
    case "done":
      return <Report report={progress.report} />;
  }
}

function Report({ report }: { report: ImportReport }) {
  const { rejected, rejected_total } = report;
  return (
    <section className={styles["report"]}>
      <p className={styles["done"]}>
        <CheckmarkCircleRegular fontSize={20} />
        <span>
          {words.directory.done(report.imported, report.book)}{" "}
          {rejected_total === 0 ? words.directory.allGood : words.directory.rejected(rejected_total)}
        </span>
        {rejected_total > 0 && <CopyButton text={rejectedAsText(rejected)} label={words.directory.copy} />}
      </p>
      {rejected_total > rejected.length && (
        <p className="quiet">{words.directory.shown(rejected.length, rejected_total)}</p>
      )}
      {rejected.length > 0 && (
        // Scrolls, so the keyboard must be able to reach it.
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <div className={styles["rejected"]} tabIndex={0} role="region" aria-label={words.directory.table}>
          <table>
            <thead>
              <tr>
                <th scope="col">{words.directory.line}</th>
                <th scope="col">{words.directory.effect}</th>
                <th scope="col">{words.directory.reason}</th>
              </tr>
            </thead>
            <tbody>
              {rejected.map(({ line, kept, reason }, index) => (
                <tr key={index}>
                  <td className="digits">{line}</td>
                  <td className={styles["effect"]}>{kept ? words.directory.kept : words.directory.left}</td>
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
