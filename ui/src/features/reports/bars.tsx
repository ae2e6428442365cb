//! What the bars of the reports share: how what became of callers looks (hatched where they hung up, so that it is told apart
//! without colours), the lines behind, and the legend.

import styles from "./reports.module.css";
import { reportsWords as words } from "./reportsWords";

export const LEFT = 46;
export const RIGHT = 10;

/** Callers of one bar, by what became of them. */
export interface Parts {
  answered: number;
  abandoned: number;
  others: number;
}

const NAMES = ["answered", "abandoned", "others"] as const;

export function Stack(props: {
  parts: Parts;
  x: number;
  width: number;
  y: (calls: number) => number;
  hatch: string;
}) {
  const { parts, x, width, y, hatch } = props;
  let below = 0;
  return NAMES.map((name) => {
    const bottom = y(below);
    below += parts[name];
    const top = y(below);
    if (parts[name] === 0) return null;
    return <Part key={name} name={name} hatch={hatch} x={x} y={top} width={width} height={bottom - top} />;
  });
}

function Part(props: {
  name: (typeof NAMES)[number];
  hatch: string;
  x: number;
  y: number;
  width: number;
  height: number;
}) {
  const { name, hatch, ...place } = props;
  const fill = name === "abandoned" ? { style: { fill: `url(#${hatch})` } } : {};
  return <rect className={styles[name]} {...place} {...fill} />;
}

/** A line across, with what it stands for. */
export function Rule({ y, width, text }: { y: number; width: number; text: string }) {
  return (
    <g>
      <line className={styles["grid"]} x1={LEFT} x2={width - RIGHT} y1={y} y2={y} />
      <text className={styles["tick"]} x={LEFT - 8} y={y + 4} textAnchor="end">
        {text}
      </text>
    </g>
  );
}

export function Hatch({ id }: { id: string }) {
  return (
    <defs>
      <pattern id={id} width={6} height={6} patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect className={styles["hatchGround"]} width={6} height={6} />
        <line className={styles["hatchLine"]} x1={1.5} x2={1.5} y1={0} y2={6} />
      </pattern>
    </defs>
  );
}

export function Legend({ hatch }: { hatch: string }) {
  return (
    <span className={styles["legend"]}>
      {NAMES.map((name) => (
        <span key={name}>
          <svg width={14} height={12} aria-hidden>
            <Part name={name} hatch={hatch} x={1} y={1} width={12} height={10} />
          </svg>
          {words.chart[name]}
        </span>
      ))}
    </span>
  );
}
