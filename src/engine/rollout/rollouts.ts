// Follows all rollouts together: one look a tick for all of them (`look.ts`), deploy requests with room in Dokploy's
// queue, and a verdict for each when it ends. What is next is decided in rollout-judge.
import { sameWant } from "../../model/marker.ts";
import type { Verdict } from "../../plan/input.ts";
import type { Platform, RolloutObservation } from "../../ports.ts";
import type { Intents } from "../memory/intents.ts";
import { createDeployRequests } from "./deploy-requests.ts";
import { createDeploys } from "./deploys.ts";
import type { DeploysOptions } from "./deploys.ts";
import { createFollowed } from "./followed.ts";
import type { FollowedOptions } from "./followed.ts";
import { createLook } from "./look.ts";
import type { Probe } from "./probe.ts";
import { progressOf } from "./rollout-item.ts";
import type { RolloutProgress, RolloutRequest } from "./rollout-item.ts";
import { createSteps } from "./steps.ts";
import { createTicks } from "./ticks.ts";

export interface Rollouts {
  /**
   * Follows an attempt to its end; the same attempt again, also one that has ended, changes nothing (false), a newer one
   * replaces it.
   */
  follow(request: RolloutRequest): boolean;
  /** What became of an attempt; one whose retry is not due yet reads as failed. */
  verdict(serviceId: string): Verdict | undefined;
  /** Another commit or image was seen since than the one for which its newest attempt was asked. */
  movedOn(serviceId: string): void;
  /** When the next try of an attempt that failed is due; null when none is to come. */
  retryAtMs(serviceId: string): number | null;
  /** Forgets a verdict, so that the attempt is looked at again. */
  forget(serviceId: string): void;
  /** Ends the following of what is about to be removed, after a deploy request that is under way (W9). */
  halt(serviceId: string): Promise<void>;
  /** How long a deploy request without an answer may still land; 0: there is none. */
  mayLandForMs(serviceId: string): number;
  /** Rollouts of one stack that have not ended. */
  active(stack?: string): readonly RolloutProgress[];
  /** For how long no look at the server has succeeded. */
  failingForMs(): number;
  /** Ends all following; nothing is written any more. */
  stop(): Promise<void>;
}

export interface RolloutsOptions extends FollowedOptions, DeploysOptions {
  readonly platform: Platform;
  readonly intents: Intents;
  readonly probe: Probe;
  readonly tickMs: number;
  /** Called after each look at the server. */
  readonly looked: (observation: RolloutObservation) => void;
  readonly failed: (error: unknown) => void;
}

export function createRollouts(options: RolloutsOptions): Rollouts {
  const { platform, clock, tickMs, looked } = options;
  const abort = new AbortController();
  const ending = abort.signal;
  const followed = createFollowed(options);
  const { verdicts } = followed;
  const requests = createDeployRequests(options);
  const step = createSteps(options.probe, followed, requests);
  const deploy = createDeploys(options, followed, requests);
  const ticks = createTicks({
    ...{ clock, tickMs, ending },
    isNeeded: () => followed.all().length > 0,
    look: createLook({ platform, followed, requests, step, deploy, looked, ending }),
    failed: (error, sinceMs) => {
      followed.lookedInVain(sinceMs);
      options.failed(error);
    },
  });

  return {
    follow(request) {
      const old = followed.of(request.serviceId);
      if (old !== undefined && sameWant(old.request.want, request.want)) return false;
      // It ended after the plan was made that asks for it: the next run writes that down.
      const ended = verdicts.of(request.serviceId);
      if (old === undefined && ended !== undefined && sameWant(ended.want, request.want)) {
        return false;
      }
      if (old !== undefined) requests.forget(old.request);
      followed.begin(request);
      ticks.wake();
      return true;
    },
    verdict: (serviceId) => verdicts.of(serviceId),
    movedOn(serviceId) {
      verdicts.movedOn(serviceId);
    },
    retryAtMs: (serviceId) => verdicts.retryAtMs(serviceId),
    forget(serviceId) {
      verdicts.forget(serviceId);
      followed.drop(serviceId);
      options.askedFor.forget(serviceId);
    },
    async halt(serviceId) {
      followed.drop(serviceId);
      await requests.settled(serviceId);
      followed.drop(serviceId);
    },
    mayLandForMs: (serviceId) => requests.mayLandForMs(serviceId),
    active: (stack) =>
      followed
        .all()
        .filter(({ request }) => stack === undefined || request.stack === stack)
        .map(progressOf),
    failingForMs: () => ticks.failingForMs(),
    async stop() {
      abort.abort();
      await ticks.ended();
    },
  };
}
