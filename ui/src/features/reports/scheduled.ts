//! What is known of the reports that are made by themselves: read when the reports are opened, so that one that was not made is told,
//! and after every change. Does not draw.

import { create } from "zustand";
import type { ReportScheduleView } from "../../platform/bindings";
import { ask, RefusedError } from "../../platform/platform";

interface Known {
  /** `null`: not read yet. */
  schedules: readonly ReportScheduleView[] | null;
  problem: string | null;
  isOpen: boolean;
}

export const useSchedules = create<Known>(() => ({ schedules: null, problem: null, isOpen: false }));

export async function readSchedules(): Promise<void> {
  try {
    const { schedules } = await ask("get_report_schedules", {});
    useSchedules.setState({ schedules, problem: null });
  } catch (error) {
    useSchedules.setState({ problem: RefusedError.from(error).message });
  }
}
