//! Where each step of a workflow is drawn: in layers from the top, callers walking down. Loops go back up in lanes at the
//! right. Pure; the same workflow always looks the same. Does not draw.

import type { WorkflowForm } from "../../platform/bindings";
import { exitsOf, nodeOf, reading } from "./graph";

export interface Point {
  x: number;
  y: number;
}

export interface PlacedExit {
  name: string;
  label: string;
  /** From the node's left edge. */
  x: number;
  width: number;
}

/** `x`, `y`: the left upper corner. */
export interface Placed extends Point {
  id: number;
  width: number;
  height: number;
  exits: PlacedExit[];
}

export interface Road {
  from: number;
  exit: string;
  to: number;
  /** Leads back to a step further up. */
  back: boolean;
  points: Point[];
}

export interface Picture {
  nodes: Placed[];
  roads: Road[];
  width: number;
  height: number;
}

export const HEAD_HEIGHT = 58;
export const EXITS_HEIGHT = 26;
const NODE_WIDTH_MIN = 208;
const ROW_GAP = 52;
const COLUMN_GAP = 28;
const MARGIN = 24;
const LANE = 16;
/** How far below a row the roads back begin, and above a row they end. */
const TURN = 16;
const SWEEPS = 8;

/** A step, or the place where a long road passes a layer. */
interface Cell {
  width: number;
  height: number;
  /** The middle. */
  x: number;
  up: { cell: Cell; off: number }[];
  down: { cell: Cell; off: number }[];
}

interface Found {
  from: number;
  exit: string;
  to: number;
}

/** `label` gives the words of an exit: they decide how wide it is. */
export function layout(workflow: WorkflowForm, label: (exit: string) => string): Picture {
  const order = everyStep(workflow);
  const { forward, back } = sorted(workflow, order);
  const layer = layersOf(order, forward);
  const nodes = new Map(order.map((id) => [id, sized(workflow, id, label)]));
  const cells = new Map([...nodes].map(([id, { width, height }]) => [id, cell(width, height)]));

  const rows: Cell[][] = [];
  for (const id of order) (rows[layer.get(id) ?? 0] ??= []).push(found(cells, id));
  const passages = forward.map((road) => threaded(road, layer, found(nodes, road.from), cells, rows));
  arrange(rows);

  const tops = stack(rows);
  for (const [id, node] of nodes) {
    node.x = found(cells, id).x - node.width / 2;
    node.y = tops[layer.get(id) ?? 0]?.top ?? 0;
  }
  shiftToMargin([...nodes.values()], [...passages.flat()]);
  const right = Math.max(...[...nodes.values()].map((node) => node.x + node.width));
  const roads = [
    ...forward.map((road, index) => ({
      ...road,
      back: false,
      points: down(road, nodes, layer, passages[index] ?? [], tops),
    })),
    ...back.map((road, index) => ({
      ...road,
      back: true,
      points: up(road, nodes, layer, tops, right + TURN + index * LANE),
    })),
  ];
  return {
    nodes: [...nodes.values()],
    roads,
    width: right + MARGIN + (back.length > 0 ? TURN + back.length * LANE : 0),
    height: (tops.at(-1)?.bottom ?? 0) + MARGIN + TURN,
  };
}

/** The middle of an exit, at the node's lower edge. */
export function portOf(node: Placed, exit: string): Point {
  const port = node.exits.find(({ name }) => name === exit);
  return {
    x: node.x + (port === undefined ? node.width / 2 : port.x + port.width / 2),
    y: node.y + node.height,
  };
}

/** Those a caller can come to, then the others: they are drawn too, so that they can be connected or taken away. */
function everyStep(workflow: WorkflowForm): number[] {
  const reached = reading(workflow);
  const known = new Set(reached);
  return [...reached, ...workflow.nodes.map(({ id }) => id).filter((id) => !known.has(id))];
}

/** Which roads lead on and which lead back, seen from the start. */
function sorted(workflow: WorkflowForm, order: number[]): { forward: Found[]; back: Found[] } {
  const forward: Found[] = [];
  const back: Found[] = [];
  const done = new Set<number>();
  const open = new Set<number>();
  function visit(from: number): void {
    open.add(from);
    for (const { name, next } of exitsOf(nodeOf(workflow, from)?.step ?? { kind: "disconnect" })) {
      if (next === null || nodeOf(workflow, next) === undefined) continue;
      const road = { from, exit: name, to: next };
      if (open.has(next)) back.push(road);
      else {
        forward.push(road);
        if (!done.has(next)) visit(next);
      }
    }
    open.delete(from);
    done.add(from);
  }
  for (const id of order) if (!done.has(id)) visit(id);
  return { forward, back };
}

/** A step lies below everything that leads on to it. */
function layersOf(order: number[], forward: Found[]): Map<number, number> {
  const layer = new Map(order.map((id) => [id, 0]));
  for (let changed = true; changed;) {
    changed = false;
    for (const { from, to } of forward) {
      const least = (layer.get(from) ?? 0) + 1;
      if ((layer.get(to) ?? 0) >= least) continue;
      layer.set(to, least);
      changed = true;
    }
  }
  return layer;
}

function sized(workflow: WorkflowForm, id: number, label: (exit: string) => string): Placed {
  const exits = exitsOf(nodeOf(workflow, id)?.step ?? { kind: "disconnect" }).map(({ name }) => {
    const text = label(name);
    return { name, label: text, x: 0, width: Math.max(40, Math.ceil(text.length * 6.7) + 22) };
  });
  const wanted = exits.reduce((sum, exit) => sum + exit.width, 0);
  const width = Math.max(NODE_WIDTH_MIN, wanted);
  const stretch = wanted === 0 ? 1 : width / wanted;
  let x = 0;
  for (const exit of exits) {
    exit.x = x;
    exit.width *= stretch;
    x += exit.width;
  }
  return { id, x: 0, y: 0, width, height: HEAD_HEIGHT + (exits.length > 0 ? EXITS_HEIGHT : 0), exits };
}

function cell(width: number, height: number): Cell {
  return { width, height, x: 0, up: [], down: [] };
}

/** Ties a road's ends together through one narrow cell in each layer between; gives those cells. */
function threaded(
  road: Found,
  layer: Map<number, number>,
  from: Placed,
  cells: Map<number, Cell>,
  rows: Cell[][],
): Cell[] {
  const port = from.exits.find(({ name }) => name === road.exit);
  let off = (port?.x ?? 0) + (port?.width ?? 0) / 2 - from.width / 2;
  let above = found(cells, road.from);
  const between: Cell[] = [];
  for (let row = (layer.get(road.from) ?? 0) + 1; row < (layer.get(road.to) ?? 0); row += 1) {
    const passage = cell(2, 0);
    (rows[row] ??= []).push(passage);
    tie(above, passage, off);
    between.push(passage);
    above = passage;
    off = 0;
  }
  tie(above, found(cells, road.to), off);
  return between;
}

function tie(above: Cell, below: Cell, off: number): void {
  above.down.push({ cell: below, off });
  below.up.push({ cell: above, off });
}

/** Orders each layer so that few roads cross, and moves everything as near to what it is tied to as it can. */
function arrange(rows: Cell[][]): void {
  for (const row of rows) spread(row);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const downward = sweep % 2 === 0;
    for (const row of downward ? rows : rows.toReversed()) {
      const wanted = new Map(row.map((one) => [one, wish(one, downward)]));
      if (sweep < SWEEPS / 2) row.sort((a, b) => (wanted.get(a) ?? 0) - (wanted.get(b) ?? 0));
      settle(
        row,
        row.map((one) => wanted.get(one) ?? one.x),
      );
    }
  }
}

function spread(row: Cell[]): void {
  let x = 0;
  for (const one of row) {
    one.x = x + one.width / 2;
    x += one.width + COLUMN_GAP;
  }
}

function wish(one: Cell, downward: boolean): number {
  const ties = downward
    ? one.up.map(({ cell, off }) => cell.x + off)
    : one.down.map(({ cell, off }) => cell.x - off);
  return ties.length === 0 ? one.x : ties.reduce((sum, x) => sum + x, 0) / ties.length;
}

/** Puts a row's cells where they want to be, as near as their order and the gaps between them allow: neighbours that
 * would overlap become one block, which stands at the mean of its wishes. */
function settle(row: Cell[], wishes: number[]): void {
  const offsets: number[] = [];
  let offset = 0;
  row.forEach((one, index) => {
    const before = row[index - 1];
    if (before !== undefined) offset += (before.width + one.width) / 2 + COLUMN_GAP;
    offsets.push(offset);
  });
  const blocks: { sum: number; count: number }[] = [];
  wishes.forEach((wanted, index) => {
    let block = { sum: wanted - (offsets[index] ?? 0), count: 1 };
    for (let last = blocks.at(-1); last && last.sum / last.count >= block.sum / block.count;) {
      block = { sum: last.sum + block.sum, count: last.count + block.count };
      blocks.pop();
      last = blocks.at(-1);
    }
    blocks.push(block);
  });
  let index = 0;
  for (const { sum, count } of blocks) {
    for (let end = index + count; index < end; index += 1) {
      const one = row[index];
      if (one !== undefined) one.x = sum / count + (offsets[index] ?? 0);
    }
  }
}

interface Band {
  top: number;
  bottom: number;
}

function stack(rows: Cell[][]): Band[] {
  let top = MARGIN;
  return rows.map((row) => {
    const band = { top, bottom: top + Math.max(...row.map(({ height }) => height)) };
    top = band.bottom + ROW_GAP;
    return band;
  });
}

function shiftToMargin(nodes: Placed[], passages: Cell[]): void {
  const left = Math.min(...nodes.map(({ x }) => x), ...passages.map(({ x }) => x));
  for (const node of nodes) node.x += MARGIN - left;
  for (const passage of passages) passage.x += MARGIN - left;
}

function down(
  road: Found,
  nodes: Map<number, Placed>,
  layer: Map<number, number>,
  passages: Cell[],
  bands: Band[],
): Point[] {
  const from = found(nodes, road.from);
  const to = found(nodes, road.to);
  const row = layer.get(road.from) ?? 0;
  const begin = portOf(from, road.exit);
  const points = [begin, { x: begin.x, y: bands[row]?.bottom ?? begin.y }];
  passages.forEach(({ x }, index) => {
    const band = bands[row + 1 + index];
    if (band !== undefined) points.push({ x, y: band.top }, { x, y: band.bottom });
  });
  points.push({ x: to.x + to.width / 2, y: to.y });
  return points;
}

function up(
  road: Found,
  nodes: Map<number, Placed>,
  layer: Map<number, number>,
  bands: Band[],
  lane: number,
): Point[] {
  const to = found(nodes, road.to);
  const begin = portOf(found(nodes, road.from), road.exit);
  const below = (bands[layer.get(road.from) ?? 0]?.bottom ?? begin.y) + TURN;
  // Beside the arrow of the roads that come from above.
  const end = to.x + to.width / 2 + LANE;
  return [
    begin,
    { x: begin.x, y: below },
    { x: lane, y: below },
    { x: lane, y: to.y - TURN },
    { x: end, y: to.y - TURN },
    { x: end, y: to.y },
  ];
}

function found<T>(things: Map<number, T>, id: number): T {
  const thing = things.get(id);
  if (thing === undefined) throw new Error(`step ${id} is drawn, so it was measured`);
  return thing;
}
