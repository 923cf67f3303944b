// Requests to deploy: sent once, remembered until they are answered (W3), and what their answers mean. A kind that is
// deployed directly has its request under way for as long as it pulls its image: nobody waits for that.
import type { Clock } from "../../lib/clock.ts";
import { describeError, isCapstanError } from "../../lib/errors.ts";
import { inScope } from "../../lib/scope.ts";
import type { Platform } from "../../ports.ts";
import type { Intents } from "../memory/intents.ts";
import type { AskedFor } from "./asked-for.ts";
import { isDirect, refOf } from "./rollout-item.ts";
import type { RolloutRequest } from "./rollout-item.ts";
import { deployTitle } from "./own-rows.ts";

export type DeployAnswer =
  | { readonly kind: "accepted" }
  /** Nobody knows whether it happened: the next looks decide. */
  | { readonly kind: "unknown" }
  /** `again`: whether another attempt can help. */
  | { readonly kind: "failed"; readonly again: boolean; readonly reason: string }
  /** It could not be asked for: the same request may be sent once more. */
  | { readonly kind: "trouble"; readonly error: unknown };

/** What the server showed before the request. */
export interface Seen {
  readonly atMs: number;
  /** Ids of the rows of the service's deployments. */
  readonly rowsBefore: readonly string[];
}

export interface DeployRequests {
  /** Null while an earlier request without an answer may still land. The answer never rejects. */
  send(request: RolloutRequest, seen: Seen): Promise<DeployAnswer> | null;
  isUnderWay(serviceId: string): boolean;
  /** Whether one more may be sent that is deployed directly. */
  hasRoomForDirect(): boolean;
  /** The attempt was seen on the server, or is followed no more. */
  forget(request: RolloutRequest): void;
  /** Resolves when no request of a service is under way; at once where that may take minutes. */
  settled(serviceId: string): Promise<void>;
  /** How long a request without an answer may still land; 0: there is none. */
  mayLandForMs(serviceId: string): number;
}

/** Each holds one of the few requests that a server gets at once for as long as it pulls an image. */
const mostDirect = 2;

export function createDeployRequests(deps: {
  readonly platform: Pick<Platform, "deploy">;
  readonly intents: Intents;
  readonly askedFor: Pick<AskedFor, "ask">;
  readonly clock: Clock;
  /** One that is under way may land within this time, again and again. */
  readonly tickMs: number;
}): DeployRequests {
  const { platform, intents } = deps;
  const underWay = new Map<
    string,
    { readonly answer: Promise<DeployAnswer>; readonly direct: boolean }
  >();
  const intentsOf = (serviceId: string): string => `deploy ${serviceId} `;
  const intentOf = ({ serviceId, want }: RolloutRequest): string =>
    `${intentsOf(serviceId)}${deployTitle(want)}`;

  async function answerOf(request: RolloutRequest): Promise<DeployAnswer> {
    const { stack, want, reason, desired } = request;
    try {
      await intents.kept();
      await inScope({ stack, service: desired.key }, () =>
        platform.deploy(
          refOf(request),
          { title: deployTitle(want), description: reason },
          desired.rollout.timeoutMs,
        ),
      );
    } catch (error) {
      // The intent stays.
      if (isCapstanError(error, "uncertain")) return { kind: "unknown" };
      intents.end(intentOf(request));
      if (isCapstanError(error) && error.kind === "deploy-failed") {
        return { kind: "failed", again: true, reason: error.message };
      }
      if (isCapstanError(error, "not-found") || isCapstanError(error, "invalid")) {
        return { kind: "failed", again: false, reason: describeError(error) };
      }
      return { kind: "trouble", error };
    }
    intents.end(intentOf(request));
    return { kind: "accepted" };
  }

  return {
    send(request, { atMs, rowsBefore }) {
      const intent = intentOf(request);
      if (intents.gate(intent, atMs).kind === "wait") return null;
      intents.begin(intent);
      deps.askedFor.ask(request, rowsBefore);
      const answer = answerOf(request).finally(() => underWay.delete(request.serviceId));
      underWay.set(request.serviceId, { answer, direct: isDirect({ request }) });
      return answer;
    },
    isUnderWay: (serviceId) => underWay.has(serviceId),
    hasRoomForDirect: () =>
      [...underWay.values()].filter(({ direct }) => direct).length < mostDirect,
    forget(request) {
      intents.end(intentOf(request));
    },
    async settled(serviceId) {
      const request = underWay.get(serviceId);
      if (request?.direct === false) await request.answer;
    },
    mayLandForMs: (serviceId) =>
      Math.max(
        intents.settlesInMs(intentsOf(serviceId)),
        underWay.has(serviceId) ? deps.tickMs : 0,
      ),
  };
}
