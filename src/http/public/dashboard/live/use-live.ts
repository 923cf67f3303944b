// A page of the dashboard with what the stream tells it.
import { useState } from "preact/hooks";
import type { EventView } from "../../../api/shapes/dashboard.ts";
import type { StackSummary } from "../../../api/shapes/stack.ts";
import type { DashboardData } from "../data.ts";
import { liveFrom, liveTypes, withMessages } from "./live.ts";
import type { Live, Message } from "./live.ts";
import { useStream } from "./use-stream.ts";
import type { Stream } from "./use-stream.ts";

export interface LivePage extends Stream {
  readonly live: Live;
}

/** `onMessages` hears every batch as well, after it was taken in. */
export function useLive(
  data: DashboardData & {
    readonly stacks?: readonly StackSummary[];
    readonly events?: readonly EventView[];
  },
  onMessages?: (messages: readonly Message[]) => void,
): LivePage {
  const [live, setLive] = useState(() => liveFrom(data.overview, data.stacks, data.events));
  const stream = useStream("/api/v1/stream", liveTypes, (messages) => {
    setLive((before) => withMessages(before, messages));
    onMessages?.(messages);
  });
  return { ...stream, live };
}
