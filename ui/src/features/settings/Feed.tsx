//! The report feed for Power BI and Excel: switching it on and off, and its password, which is shown once. Does not show reports.

import { Button, Field, Input } from "@fluentui/react-components";
import { useEffect, useId, useRef, useState } from "react";
import type { FeedOnView, FeedView } from "../../platform/bindings";
import { ask, RefusedError } from "../../platform/platform";
import { hostNow } from "../../shared/clock";
import { act } from "../../shared/desk";
import { moment } from "../../shared/format";
import { MayNot } from "../../shared/MayNot";
import { useMay } from "../../shared/rights";
import { feedWords as words } from "./feedWords";
import styles from "./settings.module.css";

export function Feed() {
  const sees = useMay("see-reports");
  return sees ? <Known /> : null;
}

function Known() {
  const id = useId();
  const may = useMay("serve-reports");
  const [feed, setFeed] = useState<FeedView | null>(null);
  const [token, setToken] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  useEffect(() => {
    let gone = false;
    ask("get_feed", {}).then(
      (view) => !gone && setFeed(view),
      (error: unknown) => !gone && setProblem(RefusedError.from(error).message),
    );
    return () => {
      gone = true;
    };
  }, []);

  async function switchOn(port: number | null): Promise<void> {
    setBusy(true);
    setProblem(null);
    try {
      const made = await ask("switch_feed_on", { port });
      setToken(made.token);
      setFeed(made.feed);
    } catch (error) {
      setProblem(RefusedError.from(error).message);
    } finally {
      setBusy(false);
    }
  }

  async function switchOff(): Promise<void> {
    if (!(await act("switch_feed_off", {}))) return;
    setToken(null);
    setFeed((before) => before && { ...before, on: null });
  }

  return (
    <section className={styles["group"]} aria-labelledby={id}>
      <h2 id={id}>{words.title}</h2>
      <MayNot action="serve-reports" />
      <p>{words.text}</p>
      {problem !== null && (
        <p role="alert" className={styles["warning"]}>
          {problem}
        </p>
      )}
      {token !== null && <Token token={token} onSeen={() => setToken(null)} />}
      {feed?.on && <On on={feed.on} />}
      {feed && !feed.on && <Off usual={feed.port_default} disabled={!may || busy} onSwitch={switchOn} />}
      {feed?.on && (
        <>
          <div className={styles["row"]}>
            <Button disabled={!may || busy} onClick={() => void switchOn(feed.on?.port ?? null)}>
              {words.renew}
            </Button>
            <Button disabled={!may || busy} onClick={() => void switchOff()}>
              {words.switchOff}
            </Button>
          </div>
          <p className="quiet">{words.renewText}</p>
        </>
      )}
    </section>
  );
}

function Off(props: { usual: number; disabled: boolean; onSwitch: (port: number) => Promise<void> }) {
  const [port, setPort] = useState(String(props.usual));
  const isRight = /^\d+$/.test(port) && Number(port) >= 1024 && Number(port) <= 65_535;
  return (
    <form
      className={styles["feed"]}
      onSubmit={(event) => {
        event.preventDefault();
        if (isRight && !props.disabled) void props.onSwitch(Number(port));
      }}
    >
      <p>{words.isOff}</p>
      <Field
        label={words.port}
        hint={words.portHint}
        {...(!isRight && { validationMessage: words.wrongPort })}
      >
        <Input
          value={port}
          inputMode="numeric"
          disabled={props.disabled}
          onChange={(_, { value }) => setPort(value)}
        />
      </Field>
      <Button type="submit" className={styles["start"] ?? ""} disabled={props.disabled || !isRight}>
        {words.switchOn}
      </Button>
    </form>
  );
}

function On({ on }: { on: FeedOnView }) {
  return (
    <>
      <p>{words.isOn(on.made_by, moment(on.since, hostNow()))}</p>
      {on.problem !== null && <p className={styles["warning"]}>{words.notListening(on.problem)}</p>}
      <Copied label={words.address} copy={words.copyAddress} text={on.url} />
    </>
  );
}

function Token({ token, onSeen }: { token: string; onSeen: () => void }) {
  const here = useRef<HTMLDivElement>(null);
  useEffect(() => {
    here.current?.focus();
  }, []);
  return (
    <div ref={here} tabIndex={-1} className={styles["warning"]}>
      <p>{words.tokenText}</p>
      <Copied label={words.token} copy={words.copyToken} text={token} />
      <Button size="small" onClick={onSeen}>
        {words.seen}
      </Button>
    </div>
  );
}

/** A text that is needed elsewhere, with a button that takes it there. */
function Copied(props: { label: string; copy: string; text: string }) {
  const [said, setSaid] = useState("");
  function copy(): void {
    navigator.clipboard.writeText(props.text).then(
      () => setSaid(words.copied),
      () => setSaid(words.notCopied),
    );
  }
  return (
    <div className={styles["feed"]}>
      <Field label={props.label}>
        <Input readOnly value={props.text} onFocus={(event) => event.currentTarget.select()} />
      </Field>
      <div className={styles["row"]}>
        <Button size="small" onClick={copy}>
          {props.copy}
        </Button>
        <span role="status">{said}</span>
      </div>
    </div>
  );
}
