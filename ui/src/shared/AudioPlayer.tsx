//! Plays what the host gives as a WAV file: start and stop, position, speed; by its buttons, or by the keys of the list that it
//! belongs to. Fetches only when it is asked to play.

import { Button, Select, Slider, Spinner } from "@fluentui/react-components";
import { PauseRegular, PlayRegular } from "@fluentui/react-icons";
import { type Ref, useEffect, useId, useImperativeHandle, useRef, useState } from "react";
import styles from "./AudioPlayer.module.css";
import { span } from "./format";
import { playerWords as words } from "./voicemailWords";

/** How a list drives the player of its row. */
export interface PlayerHandle {
  toggle(): void;
  /** Forward, or back where negative. */
  skip(seconds: number): void;
}

interface Props {
  /** What is played, for those who do not see it. */
  label: string;
  length_ms: number;
  /** The WAV file in base64; rejects in words for people. */
  fetch: () => Promise<string>;
  ref?: Ref<PlayerHandle>;
}

/** What the position moves by at least. */
const TICK_MS = 100;
const SPEEDS = [0.75, 1, 1.25, 1.5, 2] as const;

export function AudioPlayer({ label, length_ms, fetch, ref }: Props) {
  const id = useId();
  const audio = useRef<HTMLAudioElement>(null);
  const [url, setUrl] = useState<string | null>(null);
  const [state, setState] = useState<"idle" | "fetching" | "playing">("idle");
  const [problem, setProblem] = useState<string | null>(null);
  const [at, setAt] = useState(0);
  const [speed, setSpeed] = useState(1);

  useEffect(
    () => () => {
      if (url !== null) URL.revokeObjectURL(url);
    },
    [url],
  );

  async function play(from: number | null): Promise<void> {
    const element = audio.current;
    if (element === null || state === "fetching") return;
    setProblem(null);
    try {
      if (url === null) {
        setState("fetching");
        const made = urlOf(await fetch());
        // The player was closed while it fetched: nobody could stop what plays now.
        if (audio.current !== element) {
          URL.revokeObjectURL(made);
          return;
        }
        setUrl(made);
        element.src = made;
      }
      element.playbackRate = speed;
      if (from !== null) element.currentTime = from;
      else if (element.ended) element.currentTime = 0;
      await element.play();
    } catch (error) {
      setState("idle");
      // Stopped again before it began.
      if (error instanceof DOMException && error.name === "AbortError") return;
      setProblem(error instanceof DOMException ? words.failed : (error as Error).message);
    }
  }

  function moveTo(seconds: number): void {
    const within = Math.min(Math.max(0, seconds), length_ms / 1_000);
    setAt(within);
    if (audio.current !== null && url !== null) audio.current.currentTime = within;
  }

  const toggle = (): void => {
    if (state === "playing") audio.current?.pause();
    else void play(url === null && at > 0 ? at : null);
  };
  useImperativeHandle(ref, () => ({ toggle, skip: (seconds) => moveTo(at + seconds) }));

  const shown = words.at(span(at * 1_000), span(length_ms));
  return (
    <div className={styles["player"]} role="group" aria-label={words.label(label)}>
      {/* Speech of a caller has no captions; what there is of it in words is beside. */}
      {/* eslint-disable-next-line jsx-a11y/media-has-caption */}
      <audio
        ref={audio}
        preload="none"
        onPlay={() => setState("playing")}
        onPause={() => setState("idle")}
        onEnded={() => setState("idle")}
        onTimeUpdate={(event) => setAt(event.currentTarget.currentTime)}
      />
      <Button
        appearance="primary"
        shape="circular"
        icon={
          state === "fetching" ? (
            <Spinner size="tiny" />
          ) : state === "playing" ? (
            <PauseRegular />
          ) : (
            <PlayRegular />
          )
        }
        aria-label={state === "playing" ? words.pause : state === "fetching" ? words.loading : words.play}
        onClick={toggle}
      />
      <Slider
        className={styles["position"] ?? ""}
        min={0}
        max={Math.max(1, Math.round(length_ms / TICK_MS))}
        value={Math.round((at * 1_000) / TICK_MS)}
        aria-label={words.position}
        aria-valuetext={shown}
        onChange={(_, { value }) => moveTo((value * TICK_MS) / 1_000)}
        onKeyDown={(event) => {
          const seconds = seekByKey(event.key);
          if (seconds === null) return;
          event.preventDefault();
          moveTo(at + seconds);
        }}
      />
      <span className={`digits ${styles["time"] ?? ""}`} aria-hidden>
        {span(at * 1_000)} / {span(length_ms)}
      </span>
      <label className="visually-hidden" htmlFor={id}>
        {words.speed}
      </label>
      <Select
        id={id}
        size="small"
        className={styles["speed"] ?? ""}
        value={String(speed)}
        onChange={(_, { value }) => {
          setSpeed(Number(value));
          if (audio.current !== null) audio.current.playbackRate = Number(value);
        }}
      >
        {SPEEDS.map((one) => (
          <option key={one} value={one}>
            {words.times(one)}
          </option>
        ))}
      </Select>
      {problem !== null && (
        <p role="alert" className={styles["problem"]}>
          {problem}
        </p>
      )}
    </div>
  );
}

/** Seconds that an arrow key moves the position by. */
export function seekByKey(key: string): number | null {
  if (key === "ArrowRight") return 5;
  return key === "ArrowLeft" ? -5 : null;
}

function urlOf(base64: string): string {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  return URL.createObjectURL(new Blob([bytes], { type: "audio/wav" }));
}
