// A deployment as server-sent events: `progress` with the whole state each time that it changed, then
// `complete` or `error`, and then the stream ends. A reader that comes back gets nothing twice.
import { createHash } from "node:crypto";
import type { Portal } from "../../engine/portal/portal.ts";
import type { Clock } from "../../lib/clock.ts";
import { CapstanError } from "../../lib/errors.ts";
import type { RequestContext } from "../request-context.ts";
import { cleaned } from "./cleaned.ts";
import { deploymentView } from "./portal-views.ts";
import { connectionOf, openOrRefuse } from "./sse.ts";
import type { Connection, Send, SseStreams } from "./sse.ts";

export interface DeploymentStreamParts {
  readonly portal: Portal;
  readonly streams: SseStreams;
  readonly clock: Clock;
  readonly redact: (text: string) => string;
}

export function noDeployment(id: string): CapstanError {
  return new CapstanError("not-found", `there is no deployment ${id.slice(0, 64)}`, {
    hint: "start another one; what ended long ago is forgotten",
  });
}

/** Several changes within this time are told as one. */
const gatherMs = 100;
/** In case that a change was not noticed. */
const lookMs = 5_000;
/** The id of the last message: who comes back with it has heard everything. */
const endId = "end";

/** The same state has the same id, also after a restart. */
function idOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

function follow(
  id: string,
  send: Send,
  end: () => void,
  lastId: string | undefined,
  { portal, clock, redact }: DeploymentStreamParts,
): () => void {
  let toldId = lastId;
  let looking = false;
  let again = false;
  let isOver = false;
  let cancel = (): void => undefined;

  async function look(): Promise<void> {
    if (looking) {
      again = true;
      return;
    }
    looking = true;
    try {
      const state = await portal.state(id);
      if (isOver) return;
      if (state === null) {
        const { message, hint } = noDeployment(id);
        send({ id: endId, event: "error", data: { id, error: message, hint } });
        end();
        return;
      }
      const view = cleaned(deploymentView(state), redact);
      const nowId = idOf(JSON.stringify(view));
      if (nowId !== toldId) send({ id: nowId, event: "progress", data: view });
      toldId = nowId;
      if (view.endedAt === null) return;
      send({ id: endId, event: view.status === "completed" ? "complete" : "error", data: view });
      end();
    } catch {
      // It cannot be told right now: the next look may know more.
    } finally {
      looking = false;
      if (again && !isOver) soon(gatherMs);
      again = false;
    }
  }

  function soon(afterMs: number): void {
    cancel();
    cancel = clock.after(afterMs, () => {
      soon(lookMs);
      void look();
    });
  }

  const unwatch = portal.watch(id, () => {
    soon(gatherMs);
  });
  soon(0);
  return () => {
    isOver = true;
    cancel();
    unwatch();
  };
}

/** Throws `not-found` for an id that is not known. */
export async function openDeployment(
  id: string,
  context: RequestContext,
  parts: DeploymentStreamParts,
): Promise<Response> {
  if ((await parts.portal.state(id)) === null) throw noDeployment(id);
  const lastId = context.req.header("Last-Event-ID");
  // Browsers come back after each end, unless the answer is empty.
  if (lastId === endId) return new Response(null, { status: 204 });
  const connection: Connection = connectionOf(context);
  // Whoever has the link may watch: not the person is bounded but where they come from.
  return openOrRefuse(parts.streams, `deployments ${connection.client}`, connection, (send, end) =>
    follow(id, send, end, lastId, parts),
  );
}
