//! A QR code from its modules: one path, black on white in every theme, because cameras read nothing else well.

import styles from "./recovery.module.css";

/** Light modules around the code that readers need (ISO/IEC 18004). */
const QUIET = 4;

export function QrCode({ side, modules, label }: { side: number; modules: string; label: string }) {
  const whole = side + 2 * QUIET;
  return (
    <svg
      className={styles["qr"]}
      role="img"
      aria-label={label}
      viewBox={`0 0 ${whole} ${whole}`}
      shapeRendering="crispEdges"
    >
      <path fill="#fff" d={`M0 0h${whole}v${whole}H0z`} />
      <path fill="#000" d={darkPath(side, modules)} />
    </svg>
  );
}

/** Each run of dark modules in a row is one rectangle. */
export function darkPath(side: number, modules: string): string {
  let path = "";
  for (let row = 0; row < side; row += 1) {
    for (const run of modules.slice(row * side, (row + 1) * side).matchAll(/1+/g)) {
      path += `M${run.index + QUIET} ${row + QUIET}h${run[0].length}v1h-${run[0].length}z`;
    }
  }
  return path;
}
