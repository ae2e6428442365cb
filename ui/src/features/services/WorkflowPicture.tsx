//! The workflow as a picture: steps as cards, each exit labelled inside its card so that no road crosses a word. One tab
//! stop; arrow keys go to what lies next in their direction. Does not lay out: see `layout`.

import {
  Menu,
  MenuGroup,
  MenuGroupHeader,
  MenuItem,
  MenuList,
  MenuPopover,
  MenuTrigger,
} from "@fluentui/react-components";
import {
  BranchForkRegular,
  CalendarClockRegular,
  CallEndRegular,
  CallForwardRegular,
  CallInboundRegular,
  CallTransferRegular,
  DialpadRegular,
  HourglassRegular,
  MegaphoneRegular,
  PeopleQueueRegular,
  PersonAvailableRegular,
  TagRegular,
  VoicemailRegular,
  WarningRegular,
} from "@fluentui/react-icons";
import { type KeyboardEvent, type ReactElement, useRef, useState } from "react";
import { servicesWords } from "../../shared/servicesWords";
import { type ExitAt, exitsOf, nodeOf, reading, type StepKind } from "./graph";
import { EXITS_HEIGHT, type Picture, type Placed, type PlacedExit, type Point, type Road } from "./layout";
import { exitWords, nameOf, summaryOf, titleOf } from "./stepWords";
import type { Editing } from "./WorkflowEditor";
import styles from "./workflow.module.css";

const words = servicesWords.workflow;

const KINDS = Object.keys(words.kinds) as StepKind[];

const ICONS: Record<StepKind, ReactElement> = {
  accept: <CallInboundRegular />,
  announce: <MegaphoneRegular />,
  hours: <CalendarClockRegular />,
  availability: <PersonAvailableRegular />,
  menu: <DialpadRegular />,
  save: <TagRegular />,
  check: <BranchForkRegular />,
  queue: <PeopleQueueRegular />,
  position: <HourglassRegular />,
  voicemail: <VoicemailRegular />,
  callback: <CallForwardRegular />,
  transfer: <CallTransferRegular />,
  disconnect: <CallEndRegular />,
};

const ARROWS: Record<string, Point> = {
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
};

export function WorkflowPicture(props: {
  editing: Editing;
  picture: Picture;
  hint: string;
  onOpen: () => void;
}) {
  const { editing, picture } = props;
  const { workflow } = editing;
  const whole = useRef<HTMLDivElement>(null);
  // The one stop of the Tab key; the start when what it was at is gone.
  const [stop, setStop] = useState(String(workflow.start));
  const stops = picture.nodes.flatMap(({ id, exits }) => [
    String(id),
    ...exits.map(({ name }) => `${id} ${name}`),
  ]);
  const tab = stops.includes(stop) ? stop : String(workflow.start);
  const reached = new Set(reading(workflow));

  function keys(event: KeyboardEvent): void {
    const way = ARROWS[event.key];
    if (way !== undefined && event.target instanceof HTMLElement && whole.current !== null) {
      event.preventDefault();
      nextThatWay(whole.current, event.target, way)?.focus();
    }
    if (event.key === "Delete") {
      const id = Number.parseInt(tab, 10);
      const before = picture.roads.find(({ to }) => to === id)?.from ?? workflow.start;
      // The focus goes to a step that stays: on one that is gone no further key, not even Undo, would be heard.
      whole.current?.querySelector<HTMLElement>(`[data-stop="${before}"]`)?.focus();
      editing.remove(id);
    }
  }

  return (
    <div className={styles["canvas"]}>
      {/* The keys come up from the buttons within. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <div
        ref={whole}
        role="group"
        aria-label={words.picture}
        aria-describedby={props.hint}
        className={styles["sheet"]}
        style={{ width: picture.width, height: picture.height }}
        onKeyDown={keys}
        onFocus={({ target }) => setStop(target.dataset["stop"] ?? tab)}
      >
        <Roads roads={picture.roads} chosen={editing.chosen} width={picture.width} height={picture.height} />
        {picture.nodes.map((node) => (
          <Card key={node.id} node={node} tab={tab} reached={reached.has(node.id)} {...props} />
        ))}
      </div>
    </div>
  );
}

function Roads(props: { roads: readonly Road[]; chosen: number | null; width: number; height: number }) {
  return (
    <svg aria-hidden width={props.width} height={props.height} className={styles["roads"]}>
      {props.roads.map((road) => {
        const end = road.points.at(-1);
        const lit = road.from === props.chosen || road.to === props.chosen;
        return (
          <g key={`${road.from} ${road.exit}`} data-lit={lit} data-back={road.back}>
            <path d={road.back ? corners(road.points) : curve(road.points)} />
            {end !== undefined && (
              <path className={styles["arrow"]} d={`M${end.x - 5} ${end.y - 7}h10l-5 7z`} />
            )}
          </g>
        );
      })}
    </svg>
  );
}

function Card(props: { editing: Editing; node: Placed; tab: string; reached: boolean; onOpen: () => void }) {
  const { editing, node, tab } = props;
  const form = nodeOf(editing.workflow, node.id);
  if (form === undefined) return null;
  const faults = editing.faults.filter((fault) => fault.node === node.id).length;
  const stop = String(node.id);
  const summary = props.reached ? summaryOf(form, editing.places) : words.unreached;
  return (
    <div
      className={styles["card"]}
      data-chosen={editing.chosen === node.id}
      data-wrong={faults > 0}
      data-reached={props.reached}
      style={{ left: node.x, top: node.y, width: node.width, height: node.height }}
    >
      <button
        type="button"
        className={styles["head"]}
        data-stop={stop}
        tabIndex={tab === stop ? 0 : -1}
        aria-pressed={editing.chosen === node.id}
        aria-label={words.stepLabel(node.id, [nameOf(form), summary].filter(Boolean).join(", "), faults)}
        onClick={() => editing.choose(node.id)}
        onKeyDown={(event) => {
          if (event.key !== "Enter") return;
          event.preventDefault();
          editing.choose(node.id);
          props.onOpen();
        }}
      >
        <span className={styles["icon"]}>{ICONS[form.step.kind]}</span>
        <span className={styles["text"]}>
          <span className={styles["name"]}>{nameOf(form)}</span>
          <span className={styles["summary"]}>{summary}</span>
        </span>
        {faults > 0 ? (
          <span className={styles["badge"]}>
            <WarningRegular /> {faults}
          </span>
        ) : (
          <span className={styles["number"]}>{node.id}</span>
        )}
      </button>
      {node.exits.map((exit) => (
        <Port key={exit.name} editing={editing} node={node} exit={exit} tab={tab} />
      ))}
    </div>
  );
}

function Port(props: { editing: Editing; node: Placed; exit: PlacedExit; tab: string }) {
  const { editing, node, exit } = props;
  const step = nodeOf(editing.workflow, node.id);
  if (step === undefined) return null;
  const next = exitsOf(step.step).find(({ name }) => name === exit.name)?.next ?? null;
  const stop = `${node.id} ${exit.name}`;
  return (
    <InsertMenu editing={editing} at={{ node: node.id, exit: exit.name }}>
      <button
        type="button"
        className={styles["port"]}
        data-stop={stop}
        data-open={next === null}
        tabIndex={props.tab === stop ? 0 : -1}
        aria-label={words.exitLabel(
          exitWords(exit.name),
          nameOf(step),
          next === null ? null : titleOf(editing.workflow, next),
        )}
        style={{ left: exit.x, width: Math.min(exit.width, node.width - 2 - exit.x), height: EXITS_HEIGHT }}
      >
        {exit.label}
        {next === null && <span className={styles["loose"]}>+</span>}
      </button>
    </InsertMenu>
  );
}

/** The kinds of a new step, to be put at an exit or before a step. */
export function InsertMenu(props: {
  editing: Editing;
  at: ExitAt | { before: number };
  children: ReactElement;
}) {
  return (
    <Menu>
      <MenuTrigger disableButtonEnhancement>{props.children}</MenuTrigger>
      <MenuPopover className={styles["menu"] ?? ""}>
        <MenuList>
          <MenuGroup>
            <MenuGroupHeader>{words.insertHere}</MenuGroupHeader>
            {KINDS.map((kind) => (
              <MenuItem key={kind} icon={ICONS[kind]} onClick={() => props.editing.insert(props.at, kind)}>
                {words.kinds[kind]}
              </MenuItem>
            ))}
          </MenuGroup>
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}

/** The nearest stop in a direction; what lies aside counts double, so that a straight way is preferred. */
function nextThatWay(whole: HTMLElement, from: HTMLElement, way: Point): HTMLElement | null {
  const here = middle(from);
  let best: { element: HTMLElement; cost: number } | null = null;
  for (const element of whole.querySelectorAll<HTMLElement>("[data-stop]")) {
    const there = middle(element);
    const along = (there.x - here.x) * way.x + (there.y - here.y) * way.y;
    const aside = Math.abs((there.x - here.x) * way.y) + Math.abs((there.y - here.y) * way.x);
    if (along <= 4) continue;
    const cost = along + 2 * aside;
    if (best === null || cost < best.cost) best = { element, cost };
  }
  return best?.element ?? null;
}

function middle(element: HTMLElement): Point {
  const { left, top, width, height } = element.getBoundingClientRect();
  return { x: left + width / 2, y: top + height / 2 };
}

/** Straight through a layer, a gentle curve between two. */
function curve(points: readonly Point[]): string {
  return points
    .map((point, index) => {
      const before = points[index - 1];
      if (before === undefined) return `M${point.x} ${point.y}`;
      if (before.x === point.x) return `V${point.y}`;
      const bend = (point.y - before.y) / 2;
      return `C${before.x} ${before.y + bend} ${point.x} ${point.y - bend} ${point.x} ${point.y}`;
    })
    .join("");
}

const ROUND = 8;

/** Along right angles with round corners. */
function corners(points: readonly Point[]): string {
  return points
    .map((point, index) => {
      const [before, after] = [points[index - 1], points[index + 1]];
      if (before === undefined) return `M${point.x} ${point.y}`;
      if (after === undefined) return `L${point.x} ${point.y}`;
      const [a, b] = [toward(point, before), toward(point, after)];
      return `L${a.x} ${a.y}Q${point.x} ${point.y} ${b.x} ${b.y}`;
    })
    .join("");
}

function toward(from: Point, to: Point): Point {
  const long = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  const step = Math.min(ROUND, long / 2) / long;
  return { x: from.x + (to.x - from.x) * step, y: from.y + (to.y - from.y) * step };
}
