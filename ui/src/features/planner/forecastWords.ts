//! The words of the forecast, fetched with the planner.

const whole = (calls: number): string => Math.round(calls).toLocaleString();
const fine = (calls: number): string =>
  calls.toLocaleString(undefined, { maximumFractionDigits: calls < 20 ? 1 : 0 });
const range = (low: number, high: number): string =>
  low === high ? low.toLocaleString() : `${low.toLocaleString()}–${high.toLocaleString()}`;
const dates = (days: readonly string[]): string => days.join(", ");

/** Below this share of a week nobody would call it a trend. */
const TREND_MIN = 0.002;

export const forecastWords = {
  source: "Callers from",
  sources: { forecast: "Forecast", average: "Mean of earlier days" },
  none: (why: string) => `No forecast: ${why}`,
  title: (day: string) => `Forecast for ${day}`,
  closed: (day: string) => `The service is closed on ${day}: nobody is expected.`,
  total: (mean: number, low: number, high: number) =>
    `${whole(mean)} callers are expected over the day; on four such days of five it is ${range(low, high)}.`,
  from: (days: number, first: string | null, trend: number) => {
    const since = first === null ? "" : ` since ${first}`;
    const percent = `${Math.abs(trend * 100).toFixed(1)} %`;
    const moves = trend > 0 ? `rises by ${percent} a week` : `falls by ${percent} a week`;
    const level = Math.abs(trend) < TREND_MIN ? "stays as it is" : moves;
    return `From ${days.toLocaleString()} days${since}. The level ${level}.`;
  },
  leftOut: {
    gap: (days: readonly string[]) => `Without calls, so taken as not recorded: ${dates(days)}.`,
    other_hours: (days: readonly string[]) => `Left out, open longer or shorter than usual: ${dates(days)}.`,
    odd: (days: readonly string[]) => `Far from all others, so counted in part: ${dates(days)}.`,
  },
  more: (days: readonly string[]) => (days.length > 4 ? [...days.slice(-4), "…"] : days),
  chart: {
    name: "Forecast by interval: choose one with the arrow keys",
    mean: "expected",
    band: (share: number) => `${Math.round(share * 100)} of 100 days`,
    dots: (weekday: string, days: number) => `the last ${days} ${weekday}s`,
    at: (from: string, until: string, mean: number) => `${from}–${until}: ${fine(mean)} expected`,
    in: (share: number, low: number, high: number) =>
      `${range(low, high)} on ${Math.round(share * 100)} of 100 days`,
    were: (calls: readonly number[]) => `really ${calls.map((n) => n.toLocaleString()).join(", ")}`,
  },
  week: {
    title: "The same week",
    day: "Day",
    mean: "Expected",
    band: "Four days of five",
    closed: "closed",
    unknown: "too little is known",
  },
  table: {
    open: "The forecast in numbers",
    from: "From",
    were: "Earlier days, newest first",
  },
  whole,
  fine,
  range,
} as const;
