//! The live wallboard (REPORT-3): how services and attendants stand, told by the host without asking while this screen is open.
//! Ages are counted here from the host's moments. Fills the screen for a wall, and turns pages where more than fits is shown.

import { Button, Select, Spinner } from "@fluentui/react-components";
import {
  ChevronLeftRegular,
  ChevronRightRegular,
  FullScreenMaximizeRegular,
  FullScreenMinimizeRegular,
  OptionsRegular,
  PauseRegular,
  PlayRegular,
} from "@fluentui/react-icons";
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { BoardView } from "../../platform/bindings";
import { ask, fullScreen, RefusedError } from "../../platform/platform";
import { setHostTime, useClock } from "../../shared/clock";
import { useDesk } from "../../shared/desk";
import { moment } from "../../shared/format";
import { WhyNot } from "../../shared/MayNot";
import { useMay } from "../../shared/rights";
import { Attendant } from "./Attendant";
import { inOrder, layoutOf, onPage, partsOf, type Size } from "./board";
import { Rules } from "./Rules";
import { Service } from "./Service";
import styles from "./wallboard.module.css";
import { wallboardWords as words } from "./wallboardWords";

/** How long a page stays: as long as one needs to read it from across the room. */
const PAGE_MS = 15_000;

export default function Wallboard() {
  const isAllowed = useMay("see-reports");
  const [problem, again] = useWatch(isAllowed);
  const board = useDesk((desk) => desk.board);
  if (!isAllowed)
    return (
      <section className={styles["wallboard"]} aria-labelledby="wallboard-title">
        <h1 id="wallboard-title">{words.title}</h1>
        <p role="note">
          {words.mayNot} <WhyNot action="see-reports" />
        </p>
      </section>
    );
  if (problem !== null || board === null)
    return (
      <section className={styles["wallboard"]} aria-labelledby="wallboard-title">
        <h1 id="wallboard-title">{words.title}</h1>
        {problem === null ? (
          <Spinner label={words.waiting} />
        ) : (
          <p role="alert" className={styles["warning"]}>
            {words.failed(problem)} <Button onClick={again}>{words.again}</Button>
          </p>
        )}
      </section>
    );
  return <Board board={board} />;
}

/** Tells the host that this screen watches, again after each new line to it, and that it does not any more. */
function useWatch(isAllowed: boolean): [string | null, () => void] {
  const isOpen = useDesk((desk) => desk.connection === "open");
  const who = useDesk((desk) => desk.session?.person?.username);
  const [problem, setProblem] = useState<string | null>(null);
  const [tries, setTries] = useState(0);
  // Other windows at this console watch by numbers of their own.
  const [watch] = useState(() => crypto.getRandomValues(new Uint32Array(1)).join("").slice(-9));

  useEffect(() => {
    if (!isAllowed || !isOpen) return;
    const time_zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    let gone = false;
    const before = useDesk.getState().board;
    ask("watch_board", { watch, time_zone }).then(
      (told) => {
        if (gone) return;
        setHostTime(told.now);
        setProblem(null);
        // What an event told meanwhile may be newer; what was there before may be another host's, which counts from one again.
        useDesk.setState(({ board }) =>
          board !== null && board !== before && board.revision > told.revision ? {} : { board: told },
        );
      },
      (error: unknown) => !gone && setProblem(RefusedError.from(error).message),
    );
    return () => {
      gone = true;
    };
  }, [isAllowed, isOpen, who, watch, tries]);

  useEffect(
    () => () => {
      useDesk.setState({ board: null });
      // A host that is gone forgets by itself.
      ask("unwatch_board", { watch }).catch(() => undefined);
    },
    [watch],
  );
  return [problem, () => setTries((tries) => tries + 1)];
}

type Show = "both" | "services" | "attendants";
const SHOW_KEY = "usher.wallboard.show";

function storedShow(): Show {
  const stored = localStorage.getItem(SHOW_KEY);
  return stored === "services" || stored === "attendants" ? stored : "both";
}

function Board({ board }: { board: BoardView }) {
  const [show, setShow] = useState<Show>(storedShow);
  const [rules, setRules] = useState(false);
  const [wall, setWall] = useWall();
  const [box, room] = useRoom();
  const attendants = show === "services" ? [] : inOrder(board.attendants);
  const services = show === "attendants" ? [] : board.services;
  const many = { services: services.length, attendants: attendants.length };
  const layout = layoutOf(room, many, wall);
  const turning = useTurning(layout.pages, rules);
  const page = turning.page % layout.pages;
  const parts = partsOf(layout, many, room, page);
  useBoardKeys({ wall, setWall, turning, off: rules });

  return (
    <section className={styles["wallboard"]} data-wall={wall || undefined} aria-labelledby="wallboard-title">
      <header className={styles["head"]}>
        <h1 id="wallboard-title">{words.title}</h1>
        <Clock />
        <span className="quiet">{words.since(board.time_zone)}</span>
        {board.simulated && (
          <span className={styles["simulated"]} title={words.simulated}>
            <span aria-hidden className="simulated-tag">
              SIMULATED
            </span>
            <span className="visually-hidden">{words.simulated}</span>
          </span>
        )}
        <span className={styles["buttons"]}>
          {layout.pages > 1 && <Pages page={page} pages={layout.pages} turning={turning} />}
          {!wall && (
            <>
              <Select
                size="small"
                aria-label={words.show}
                value={show}
                onChange={(_, { value }) => {
                  localStorage.setItem(SHOW_KEY, value);
                  setShow(value as Show);
                }}
              >
                {(["both", "services", "attendants"] as const).map((name) => (
                  <option key={name} value={name}>
                    {words.shows[name]}
                  </option>
                ))}
              </Select>
              <Button size="small" icon={<OptionsRegular />} onClick={() => setRules(true)}>
                {words.thresholds}
              </Button>
            </>
          )}
          {wall && <span className="quiet">{words.leaveHint}</span>}
          <Button
            size="small"
            icon={wall ? <FullScreenMinimizeRegular /> : <FullScreenMaximizeRegular />}
            aria-keyshortcuts="F"
            onClick={() => setWall(!wall)}
          >
            {wall ? words.leave : words.full}
            {!wall && <kbd aria-hidden>F</kbd>}
          </Button>
        </span>
      </header>
      <div ref={box} className={styles["room"]}>
        {board.services.length === 0 && <p className={styles["empty"]}>{words.nothing}</p>}
        {layout.services !== null && parts.services !== null && (
          <ul
            className={styles["tiles"]}
            aria-label={words.services}
            style={{
              height: layout.servicesHeight,
              gridTemplateColumns: `repeat(${layout.services.columns}, minmax(0, 1fr))`,
              gridTemplateRows: `repeat(${layout.services.rows}, minmax(0, 1fr))`,
            }}
          >
            {onPage(services, layout.services, parts.services).map((service) => (
              <Service key={service.id} service={service} />
            ))}
          </ul>
        )}
        {layout.attendants !== null && parts.attendants !== null && (
          <ul
            className={styles["people"]}
            aria-label={words.attendants}
            style={{
              gridTemplateColumns: `repeat(${layout.attendants.columns}, minmax(0, 1fr))`,
              gridTemplateRows: `repeat(${layout.attendants.rows}, minmax(0, 1fr))`,
            }}
          >
            {onPage(attendants, layout.attendants, parts.attendants).map((attendant) => (
              <Attendant key={attendant.id} attendant={attendant} services={board.services} />
            ))}
          </ul>
        )}
      </div>
      {rules && <Rules board={board} onClose={() => setRules(false)} />}
    </section>
  );
}

function Clock() {
  const time = useClock((now) => moment(now, now));
  return <time className={styles["clock"]}>{time}</time>;
}

function Pages({ page, pages, turning }: { page: number; pages: number; turning: Turning }) {
  return (
    <>
      <Button
        size="small"
        appearance="subtle"
        icon={<ChevronLeftRegular />}
        aria-label={words.earlier}
        title={words.earlier}
        onClick={() => turning.turn(-1)}
      />
      <span className="digits" aria-label={words.pageLong(page + 1, pages)} role="img">
        {words.page(page + 1, pages)}
      </span>
      <Button
        size="small"
        appearance="subtle"
        icon={<ChevronRightRegular />}
        aria-label={words.later}
        title={words.later}
        onClick={() => turning.turn(1)}
      />
      <Button
        size="small"
        appearance="subtle"
        icon={turning.stopped ? <PlayRegular /> : <PauseRegular />}
        aria-label={turning.stopped ? words.turn : words.pause}
        title={turning.stopped ? words.turn : words.pause}
        onClick={turning.toggle}
      />
    </>
  );
}

interface Turning {
  page: number;
  stopped: boolean;
  turn: (by: 1 | -1) => void;
  toggle: () => void;
}

/** Turns pages by itself, until it is stopped. */
function useTurning(pages: number, off: boolean): Turning {
  const [page, setPage] = useState(0);
  const [stopped, setStopped] = useState(false);
  const [held, setHeld] = useState(false);
  const runs = pages > 1 && !stopped && !held && !off;
  // A page turned by hand stays its whole time too.
  useEffect(() => {
    if (!runs) return;
    const timer = setTimeout(() => setPage((page) => (page + 1) % pages), PAGE_MS);
    return () => clearTimeout(timer);
  }, [runs, pages, page]);
  const turn = useCallback((by: 1 | -1) => setPage((page) => (page + by + pages) % pages), [pages]);
  const toggle = useCallback(() => setStopped((stopped) => !stopped), []);
  // While somebody is at a tile, it stays where it is.
  useEffect(() => {
    const moved = (): void =>
      setHeld(document.activeElement?.closest("[data-attendant], [role=menu]") != null);
    document.addEventListener("focusin", moved);
    document.addEventListener("focusout", moved);
    return () => {
      document.removeEventListener("focusin", moved);
      document.removeEventListener("focusout", moved);
    };
  }, []);
  return { page, stopped, turn, toggle };
}

/** Whether the board fills the screen; it leaves it when it goes. */
function useWall(): [boolean, (on: boolean) => void] {
  const [wall, setWall] = useState(false);
  const set = useCallback((on: boolean): void => {
    setWall(on);
    void fullScreen(on);
  }, []);
  useEffect(() => {
    const left = (): void => {
      if (document.fullscreenElement === null) setWall(false);
    };
    document.addEventListener("fullscreenchange", left);
    return () => {
      document.removeEventListener("fullscreenchange", left);
      void fullScreen(false);
    };
  }, []);
  return [wall, set];
}

/** `F`, Escape, arrows and Space, where nothing else takes them. */
function useBoardKeys(of: {
  wall: boolean;
  setWall: (on: boolean) => void;
  turning: Turning;
  off: boolean;
}): void {
  const { wall, setWall, turning, off } = of;
  const { turn, toggle } = turning;
  useEffect(() => {
    function onKey(event: KeyboardEvent): void {
      if (off || event.ctrlKey || event.altKey || event.metaKey) return;
      const at = event.target instanceof Element ? event.target : null;
      if (at?.closest("input, select, textarea, [role=dialog], [role=menu]")) return;
      const control = at?.closest("button, a[href]") != null;
      if (event.key.toLowerCase() === "f") setWall(!wall);
      else if (event.key === "Escape" && wall) setWall(false);
      else if (event.key === "ArrowRight" || event.key === "PageDown") turn(1);
      else if (event.key === "ArrowLeft" || event.key === "PageUp") turn(-1);
      else if (event.key === " " && !control) toggle();
      else return;
      // Escape would lead to the console too.
      event.preventDefault();
      event.stopPropagation();
    }
    document.addEventListener("keydown", onKey, { capture: true });
    return () => document.removeEventListener("keydown", onKey, { capture: true });
  }, [wall, setWall, turn, toggle, off]);
}

/** The room there is for tiles, also after the window has changed. */
function useRoom() {
  const box = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState<Size>({ width: 800, height: 600 });
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const measure = (): void => {
      const [width, height] = [element.clientWidth, element.clientHeight];
      setRoom((room) => (room.width === width && room.height === height ? room : { width, height }));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [box, room] as const;
}
