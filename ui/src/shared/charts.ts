//! What pictures of numbers share: the room they have and the steps of their axes. Does not draw.

import { useLayoutEffect, useRef, useState } from "react";

/** From 0 to at least `most`, in about five steps of whole numbers. */
export function niceTicks(most: number): number[] {
  const rough = most / 5;
  const power = 10 ** Math.floor(Math.log10(Math.max(1, rough)));
  const step = [1, 2, 5, 10].map((times) => times * power).find((step) => step >= rough) ?? 10 * power;
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, place) => place * step);
}

/** How wide a picture in this box may be, also after the window has changed. */
export function useWidth(least = 280) {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(600);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const measure = (): void => setWidth(Math.max(least, Math.floor(element.clientWidth)));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [least]);
  return [box, width] as const;
}
