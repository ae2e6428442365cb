//! Every call that was, newest first: who, which service, how it ended in words, and a way to call back.

import { Badge, Button, Spinner } from "@fluentui/react-components";
import {
  CallInboundRegular,
  CallOutboundRegular,
  CallRegular,
  QuestionCircleRegular,
} from "@fluentui/react-icons";
import { memo, useCallback, useEffect, useState } from "react";
import type { HistoryRow } from "../../platform/bindings";
import { hostNow } from "../../shared/clock";
import { placeCall } from "../../shared/commands";
import { useDesk } from "../../shared/desk";
import { moment, outcomeText, partyDetail, partyName, span } from "../../shared/format";
import { SimulatedTag } from "../../shared/marks";
import { useScreen } from "../../shared/screen";
import { VirtualGrid } from "../../shared/VirtualGrid";
import { words } from "../../shared/words";
import styles from "./history.module.css";
import { historyWords } from "./historyWords";
import { useHistory } from "./pages";

const ROW_HEIGHT = 48;

export default function History() {
  const simulated = useDesk((desk) => desk.view?.mode.simulated ?? false);
  const { rows, state, more } = useHistory(simulated);
  const [selected, select] = useState(0);

  // The screen was asked for, so its list takes the keys at once.
  useEffect(() => {
    if (rows.length > 0) document.getElementById("history")?.focus({ preventScroll: true });
  }, [rows.length > 0]); // eslint-disable-line react-hooks/exhaustive-deps

  const keyOf = useCallback((row: HistoryRow) => `${row.call}-${row.part}`, []);
  return (
    <section className={styles["history"]} aria-labelledby="history-title">
      <header className={styles["head"]}>
        <h1 id="history-title">{historyWords.title}</h1>
        {simulated && <span className="quiet">{historyWords.simulatedOnly}</span>}
        <span className={styles["keys"]}>{historyWords.keys}</span>
      </header>
      {state === "failed" && <p role="alert">{historyWords.failed}</p>}
      {state === "loading" && rows.length === 0 && <Spinner />}
      {state === "whole" && rows.length === 0 && <p className={styles["empty"]}>{historyWords.empty}</p>}
      {rows.length > 0 && (
        <VirtualGrid
          id="history"
          label={historyWords.grid}
          items={rows}
          keyOf={keyOf}
          rowHeight={ROW_HEIGHT}
          selected={Math.min(selected, rows.length - 1)}
          onSelect={select}
          onActivate={openCard}
          onEnd={more}
          onKey={(event, row) => {
            const deed = { c: redial, w: askWhy }[event.key.toLowerCase()];
            if (deed === undefined || row === undefined) return;
            event.preventDefault();
            deed(row);
          }}
          header={<Header />}
        >
          {(row) => <Cells row={row} />}
        </VirtualGrid>
      )}
    </section>
  );
}

function openCard(row: HistoryRow): void {
  useScreen.setState({ card: row.caller });
}

function redial({ caller }: HistoryRow): void {
  if (caller.number !== null) {
    void placeCall({ address: caller.number, contact: caller.contact, voicemail: false });
  }
}

/** A call that goes on may wait now; of one that is over only the past can be told, and nothing of one that was imported. */
function askWhy(row: HistoryRow): void {
  if (row.imported) return;
  useScreen.setState({ why: { call: row.call, who: partyName(row.caller), past: true } });
}

function Header() {
  const columns = historyWords.columns;
  const names = ["when", "who", "service", "outcome", "waited", "connected", "to"] as const;
  return (
    <div role="rowgroup" className={styles["header"]}>
      <div role="row">
        {names.map((name) => (
          <span role="columnheader" key={name} data-column={name}>
            {columns[name]}
          </span>
        ))}
        <span role="columnheader" className={styles["call"]}>
          <span className="visually-hidden">{historyWords.redial}</span>
        </span>
      </div>
    </div>
  );
}

const Cells = memo(function Cells({ row }: { row: HistoryRow }) {
  const name = partyName(row.caller);
  const unanswered = !row.outbound && row.connected_ms === 0 && row.ended !== null;
  return (
    <>
      <span role="gridcell" className={styles["when"]}>
        {row.outbound ? (
          <CallOutboundRegular aria-label={words.history.outbound} />
        ) : (
          <CallInboundRegular aria-label={words.history.inbound} />
        )}
        <span className="digits">{moment(row.arrived, hostNow())}</span>
      </span>
      <span role="gridcell" className={styles["two"]}>
        <strong className="cut">{name}</strong>
        <span className={`${styles["small"]} cut`}>{partyDetail(row.caller)}</span>
      </span>
      <span role="gridcell" className="cut" data-column="service">
        {row.service_name ?? words.history.noData}
      </span>
      <span role="gridcell" className={styles["outcome"]} data-unanswered={unanswered || undefined}>
        <span className="cut" title={row.outcome_text ?? undefined}>
          {outcomeText(row)}
        </span>
        {row.simulated && <SimulatedTag />}
        {row.imported && <Badge appearance="outline">{historyWords.imported}</Badge>}
      </span>
      <span role="gridcell" className="digits" data-column="waited">
        {row.waited_ms === null ? words.history.noData : span(row.waited_ms)}
      </span>
      <span role="gridcell" className="digits" data-column="connected">
        {span(row.connected_ms)}
      </span>
      <span role="gridcell" className="cut" data-column="to">
        {row.transferred_to ? partyName(row.transferred_to) : ""}
      </span>
      <span role="gridcell" className={styles["deeds"]}>
        <Button
          size="small"
          appearance="subtle"
          tabIndex={-1}
          icon={<QuestionCircleRegular />}
          disabled={row.imported}
          aria-label={words.queue.whyWho(name)}
          onClick={() => askWhy(row)}
        />
        <Button
          size="small"
          appearance="subtle"
          tabIndex={-1}
          icon={<CallRegular />}
          disabled={row.caller.number === null}
          aria-label={words.history.redialWho(name)}
          onClick={() => redial(row)}
        />
      </span>
    </>
  );
});
