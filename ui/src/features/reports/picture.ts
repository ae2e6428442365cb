//! A chart as a picture to take away (REPORT-3). What is on the screen is drawn once more onto a canvas, from its own lines, bars and
//! words, in the colours of paper whatever the theme; above it what it shows, of which days, and by which formula. Nothing is loaded
//! and nothing leaves the window but the file that is saved. Works no figure out.

import { saveFile } from "../../shared/files";
import styles from "./reports.module.css";
import { reportsWords } from "./reportsWords";

/** What stands above the picture. */
export interface Heading {
  title: string;
  /** Period, zone, formulas. */
  lines: readonly string[];
  hasLegend: boolean;
}

/** For screens and print alike. */
const SCALE = 2;
const MARGIN = 24;
const LINE = 18;
const FONT = '"Segoe UI", system-ui, sans-serif';
const INK = {
  words: "#242424",
  quiet: "#424242",
  rule: "#d1d1d1",
  edge: "#616161",
  paper: "#ffffff",
} as const;
const COLOURS = { answered: "#0f6cbd", abandoned: "#b10e1c", others: "#ebebeb", level: "#0e700e" } as const;
/** What a cell of the heat map is without a call, and with most of them. */
const HEAT = { ground: [245, 245, 245], full: [15, 108, 189] } as const;

/** Draws the chart in this box and offers it for saving; `false` where it cannot be drawn. */
export async function savePicture(box: HTMLElement, heading: Heading, name: string): Promise<boolean> {
  const source = box.querySelector<SVGElement>("svg[role=img]") ?? box.querySelector("table");
  if (source === null) return false;
  const size = source.getBoundingClientRect();
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  if (context === null) return false;
  const width = Math.ceil(Math.max(size.width, 560)) + 2 * MARGIN;
  context.font = `12px ${FONT}`;
  const lines = heading.lines.flatMap((line) => wrapped(context, line, width - 2 * MARGIN));
  const above = MARGIN + 26 + lines.length * LINE + (heading.hasLegend ? 28 : 10);
  const height = above + Math.ceil(size.height) + MARGIN;
  canvas.width = width * SCALE;
  canvas.height = height * SCALE;
  context.scale(SCALE, SCALE);
  context.fillStyle = INK.paper;
  context.fillRect(0, 0, width, height);
  write(context, heading.title, MARGIN, MARGIN + 12, { size: 16, bold: true });
  lines.forEach((line, place) =>
    write(context, line, MARGIN, MARGIN + 34 + place * LINE, { colour: INK.quiet }),
  );
  if (heading.hasLegend) legend(context, above - 18);
  context.save();
  context.translate(MARGIN, above);
  if (source instanceof SVGElement) draw(context, source);
  else drawTable(context, source);
  context.restore();
  const file = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
  if (file === null) return false;
  saveFile(file, `${name}.png`);
  return true;
}

function wrapped(context: CanvasRenderingContext2D, text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && context.measureText(longer).width > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

interface Hand {
  size?: number;
  bold?: boolean;
  colour?: string;
  align?: CanvasTextAlign;
}

function write(
  context: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  { size = 12, bold = false, colour = INK.words, align = "left" }: Hand = {},
): void {
  context.font = `${bold ? "600 " : ""}${size}px ${FONT}`;
  context.fillStyle = colour;
  context.textAlign = align;
  context.fillText(text, x, y);
}

function legend(context: CanvasRenderingContext2D, y: number): void {
  let x = MARGIN;
  for (const part of ["answered", "abandoned", "others"] as const) {
    bar(context, part, x, y - 9, 12, 10);
    const name = reportsWords.chart[part];
    write(context, name, x + 18, y);
    x += 18 + context.measureText(name).width + 20;
  }
}

function number(element: Element, name: string): number {
  return Number(element.getAttribute(name) ?? 0);
}

/** The shapes of a chart, in their order. */
function draw(context: CanvasRenderingContext2D, chart: SVGElement): void {
  for (const shape of chart.querySelectorAll("line, rect, path, circle, text")) {
    if (shape.closest("defs") !== null) continue;
    const is = (name: string): boolean => shape.classList.contains(classOf(name));
    switch (shape.tagName) {
      case "line":
        context.strokeStyle = INK.rule;
        context.lineWidth = 1;
        context.beginPath();
        context.moveTo(number(shape, "x1"), number(shape, "y1"));
        context.lineTo(number(shape, "x2"), number(shape, "y2"));
        context.stroke();
        break;
      case "rect": {
        const part = (["answered", "abandoned", "others"] as const).find(is);
        if (part === undefined) break;
        bar(
          context,
          part,
          number(shape, "x"),
          number(shape, "y"),
          number(shape, "width"),
          number(shape, "height"),
        );
        break;
      }
      case "path":
        context.strokeStyle = COLOURS.level;
        context.lineWidth = 2;
        context.stroke(new Path2D(shape.getAttribute("d") ?? ""));
        break;
      case "circle":
        context.fillStyle = COLOURS.level;
        context.beginPath();
        context.arc(number(shape, "cx"), number(shape, "cy"), number(shape, "r"), 0, 2 * Math.PI);
        context.fill();
        break;
      case "text":
        write(context, shape.textContent, number(shape, "x"), number(shape, "y"), {
          colour: INK.quiet,
          bold: is("caption"),
          align: shape.getAttribute("text-anchor") === "end" ? "right" : "left",
        });
        break;
    }
  }
}

/** The first of the names that a class of the sheet has: further ones are those it is composed of. */
function classOf(name: string): string {
  return styles[name]?.split(" ")[0] ?? "";
}

/** What became of callers: hatched where they hung up, as on the screen. */
function bar(
  context: CanvasRenderingContext2D,
  part: "answered" | "abandoned" | "others",
  x: number,
  y: number,
  width: number,
  height: number,
): void {
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.fillStyle = part === "abandoned" ? INK.paper : COLOURS[part];
  context.fill();
  if (part !== "answered") {
    context.clip();
    context.strokeStyle = part === "abandoned" ? COLOURS.abandoned : INK.edge;
    if (part === "abandoned") {
      context.lineWidth = 2;
      context.beginPath();
      for (let at = -height; at < width; at += 6) {
        context.moveTo(x + at, y + height);
        context.lineTo(x + at + height, y);
      }
      context.stroke();
    }
    // Half of it is cut off.
    context.lineWidth = 2;
    context.strokeRect(x, y, width, height);
  }
  context.restore();
}

/** The cells of the heat map, each as dark as on the screen. */
function drawTable(context: CanvasRenderingContext2D, table: HTMLElement): void {
  const origin = table.getBoundingClientRect();
  for (const cell of table.querySelectorAll<HTMLElement>("th, td")) {
    const place = cell.getBoundingClientRect();
    const [x, y] = [place.left - origin.left, place.top - origin.top];
    const button = cell.querySelector<HTMLElement>("button");
    if (button !== null) {
      const weight = Number.parseFloat(button.style.getPropertyValue("--weight")) / 100;
      context.fillStyle = mixed(weight);
      context.fillRect(x, y, place.width, place.height);
    }
    const text = cell.textContent;
    if (text !== "") write(context, text, x + place.width / 2, y + place.height / 2 + 4, { align: "center" });
  }
}

function mixed(weight: number): string {
  const part = (place: 0 | 1 | 2): number =>
    Math.round(HEAT.ground[place] + (HEAT.full[place] - HEAT.ground[place]) * weight);
  return `rgb(${part(0)} ${part(1)} ${part(2)})`;
}
