//! A list of any length that only draws what is seen, as an ARIA grid with one selected row. The rows are the caller's own,
//! memo'd; selection and keys are here. Does not fetch.

import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from "react";
import type { Region } from "./screen";
import styles from "./VirtualGrid.module.css";

export interface GridProps<T> {
  id: string;
  label: string;
  items: readonly T[];
  keyOf: (item: T) => string;
  /** CSS pixels; every row is as high. */
  rowHeight: number;
  selected: number;
  onSelect: (index: number) => void;
  onActivate: (item: T, index: number) => void;
  /** Rows can be dragged; what that means is for whoever listens around the list. */
  draggable?: boolean;
  /** The row that the pointer was moved over; `null` when it has left the list. */
  onPoint?: (item: T | null) => void;
  /** Cells only: the row itself is made here. Its columns are `1fr auto` unless the screen's own style says otherwise. */
  children: (item: T, index: number) => ReactNode;
  /** For a list steered by the keys of its search field, which keeps the focus. */
  steered?: boolean;
  onEnd?: () => void;
  onKey?: (event: KeyboardEvent, item: T | undefined) => void;
  header?: ReactNode;
  /** One of the places F6 goes round. */
  region?: Region;
}

/** Rows drawn beyond the edge, so that a held arrow key never shows a gap. */
const OVERSCAN = 6;
/** Rows before the end at which more are asked for. */
const END_NEAR = 20;

export function rowId(grid: string, key: string): string {
  return `${grid}-${key}`;
}

/** Where a key leads in a list, or `null` when it is not a key of lists. */
export function movedBy(key: string, selected: number, count: number, page: number): number | null {
  const target = (() => {
    switch (key) {
      case "ArrowDown":
        return selected + 1;
      case "ArrowUp":
        return selected - 1;
      case "PageDown":
        return selected + page;
      case "PageUp":
        return selected - page;
      case "Home":
        return 0;
      case "End":
        return count - 1;
      default:
        return null;
    }
  })();
  return target === null ? null : Math.max(0, Math.min(count - 1, target));
}

export function VirtualGrid<T>(props: GridProps<T>) {
  const { id, items, keyOf, rowHeight, selected, onEnd } = props;
  const scroller = useRef<HTMLDivElement>(null);
  // eslint-disable-next-line react-hooks/incompatible-library -- the virtualizer's functions are used in this render only
  const virtualizer = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => (items[index] === undefined ? index : keyOf(items[index])),
    overscan: OVERSCAN,
  });
  const rows = virtualizer.getVirtualItems();
  const lastDrawn = rows.at(-1)?.index ?? -1;
  const current = items[selected];

  useEffect(() => {
    if (selected >= 0 && selected < items.length) virtualizer.scrollToIndex(selected);
    // Only a moved selection scrolls; new rows above must not pull the list about.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [selected]);

  useEffect(() => {
    if (lastDrawn >= items.length - END_NEAR) onEnd?.();
  }, [lastDrawn, items.length, onEnd]);

  function onKeyDown(event: KeyboardEvent): void {
    if (event.target !== event.currentTarget || event.ctrlKey || event.altKey || event.metaKey) return;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 1);
    const moved = movedBy(event.key, selected, items.length, page);
    if (moved !== null) {
      event.preventDefault();
      props.onSelect(moved);
    } else if (event.key === "Enter" && current !== undefined) {
      event.preventDefault();
      props.onActivate(current, selected);
    } else {
      props.onKey?.(event, current);
    }
  }

  return (
    <div
      ref={scroller}
      id={id}
      className={styles["scroll"]}
      role="grid"
      aria-label={props.label}
      aria-rowcount={items.length}
      aria-activedescendant={current === undefined || props.steered ? undefined : rowId(id, keyOf(current))}
      tabIndex={props.steered ? -1 : 0}
      onKeyDown={props.steered ? undefined : onKeyDown}
      onPointerLeave={() => props.onPoint?.(null)}
      data-region={props.region}
    >
      {props.header}
      <div role="rowgroup" className={styles["rows"]} style={{ height: virtualizer.getTotalSize() }}>
        {rows.map((row) => {
          const item = items[row.index];
          if (item === undefined) return null;
          return (
            // Keys are the grid's, which holds the focus; the pointer is an extra way.
            // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
            <div
              key={row.key}
              id={rowId(id, keyOf(item))}
              role="row"
              aria-rowindex={row.index + 1}
              aria-selected={row.index === selected}
              className={styles["row"]}
              style={{ height: rowHeight, transform: `translateY(${row.start}px)` }}
              draggable={props.draggable}
              onPointerMove={() => props.onPoint?.(item)}
              onClick={() => props.onSelect(row.index)}
              onDoubleClick={() => props.onActivate(item, row.index)}
            >
              {props.children(item, row.index)}
            </div>
          );
        })}
      </div>
    </div>
  );
}
