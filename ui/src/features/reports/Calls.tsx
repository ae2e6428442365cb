//! The calls behind a number (REPORT-3), newest first, page by page; each leads to the way it went.

import {
  Badge,
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
import type { ReportCall, ReportCallsAsk } from "../../platform/bindings";
import { ask, RefusedError } from "../../platform/platform";
import { hostNow } from "../../shared/clock";
import { moment, outcomeText, partyDetail, partyName, span } from "../../shared/format";
import { useScreen } from "../../shared/screen";
import styles from "./reports.module.css";
import { type Drill, useReports } from "./reports";
import { reportsWords } from "./reportsWords";

const PAGE_CALLS = 50;
const words = reportsWords.calls;

const close = (): void => useReports.setState({ drill: null });

export function Calls({ drill }: { drill: Drill }) {
  const { calls, next, problem, isReading, more } = useCalls(drill);
  return (
    <Dialog open onOpenChange={(_, data) => !data.open && close()}>
      <DialogSurface className={styles["surface"] ?? ""}>
        <DialogBody>
          <DialogTitle>{words.title(drill.title)}</DialogTitle>
          <DialogContent className={styles["calls"]}>
            {problem !== null && <p role="alert">{problem}</p>}
            {calls.length > 0 && <Table calls={calls} />}
            {!isReading && calls.length === 0 && problem === null && <p>{words.none}</p>}
            {isReading && <Spinner label={words.loading} labelPosition="after" />}
          </DialogContent>
          <DialogActions>
            {next !== null && (
              <Button disabled={isReading} onClick={more}>
                {words.more}
              </Button>
            )}
            <Button appearance="primary" onClick={close}>
              {words.close}
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}

function useCalls(drill: Drill) {
  const [calls, setCalls] = useState<readonly ReportCall[]>([]);
  const [next, setNext] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [isReading, setReading] = useState(true);
  const page = useCallback(
    (before: string | null, isWanted: () => boolean): void => {
      const asked = askOf(drill, before);
      if (asked === null) return;
      ask("get_report_calls", { ask: asked }).then(
        (page) => {
          if (!isWanted()) return;
          setCalls((calls) => [...calls, ...page.calls]);
          setNext(page.next);
          setProblem(null);
          setReading(false);
        },
        (error: unknown) => {
          if (!isWanted()) return;
          setProblem(RefusedError.from(error).message);
          setReading(false);
        },
      );
    },
    [drill],
  );
  useEffect(() => {
    let isWanted = true;
    page(null, () => isWanted);
    return () => void (isWanted = false);
  }, [page]);
  const more = (): void => {
    setReading(true);
    page(next, () => true);
  };
  return { calls, next, problem, isReading, more };
}

/** The question behind the number, with what the number adds to it; `null` before there was any. */
function askOf({ filter, within }: Drill, before: string | null): ReportCallsAsk | null {
  const asked = useReports.getState().asked;
  if (asked === null) return null;
  return {
    filter: { ...asked.filter, ...filter },
    from: null,
    to: null,
    weekday: null,
    hour: null,
    ...within,
    before,
    limit: PAGE_CALLS,
  };
}

function Table({ calls }: { calls: readonly ReportCall[] }) {
  return (
    <table className={styles["table"]}>
      <thead>
        <tr>
          <th scope="col">{words.when}</th>
          <th scope="col" className={styles["text"]}>
            {words.caller}
          </th>
          <th scope="col" className={styles["text"]}>
            {words.service}
          </th>
          <th scope="col" className={styles["text"]}>
            {words.attendants}
          </th>
          <th scope="col">{words.waited}</th>
          <th scope="col">{words.connected}</th>
          <th scope="col" className={styles["text"]}>
            {words.outcome}
          </th>
          <th scope="col">
            <span className="visually-hidden">{words.journey}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {calls.map(({ call, attendants }) => (
          <tr key={`${call.call}-${call.part}`}>
            <td>{moment(call.arrived, hostNow())}</td>
            <th scope="row">
              {partyName(call.caller)} <span className="quiet">{partyDetail(call.caller)}</span>
            </th>
            <td className={styles["text"]}>{call.service_name ?? reportsWords.tables.noService}</td>
            <td className={styles["text"]}>{attendants.join(", ")}</td>
            <td>{call.waited_ms === null ? words.nothing : span(call.waited_ms)}</td>
            <td>{call.connected_ms === 0 ? words.nothing : span(call.connected_ms)}</td>
            <td className={styles["text"]}>{outcomeText(call)}</td>
            <td>
              {call.imported ? (
                <Badge appearance="outline">{words.imported}</Badge>
              ) : (
                <Button
                  size="small"
                  appearance="subtle"
                  aria-label={words.way(partyName(call.caller))}
                  onClick={() =>
                    useScreen.setState({ why: { call: call.call, who: partyName(call.caller), past: true } })
                  }
                >
                  {words.journey}
                </Button>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
