// Tells people: listens to the engine's events, judges what is news, and hands it to every target that wants it.
import type { Clock } from "../lib/clock.ts";
import { toCapstanError } from "../lib/errors.ts";
import type { CapstanError } from "../lib/errors.ts";
import type { Event } from "../model/status.ts";
import { createDelivery } from "./delivery.ts";
import type { DeliveryOptions } from "./delivery.ts";
import { createJudge } from "./judge.ts";
import type { JudgeOptions, News, Seen } from "./judge.ts";
import { stackOf } from "./notice.ts";
import type { Message, Notice, Subject } from "./notice.ts";
import { observe } from "./observe.ts";
import type { Target } from "./target.ts";
import { titleOf } from "./words.ts";

/** What is asked of the engine beside its events. */
export interface Facts {
  /** Empty for a stack that is not in Git. */
  readonly labelsOf: (stack: string) => Readonly<Record<string, string>>;
  /** Files with a mistake that belongs to no stack; null while Git was not read. */
  readonly brokenFiles: () => readonly string[] | null;
  /** Null while nobody knows. */
  readonly isGitDown: () => boolean | null;
  readonly isDokployDown: () => boolean | null;
}

export interface NotifierOptions
  extends
    Pick<DeliveryOptions, "instance" | "send" | "clock" | "random" | "newId" | "groupMs">,
    JudgeOptions {
  readonly targets: readonly Target[];
  readonly facts: Facts;
  /** Where people open pages; null: notices have no links. */
  readonly publicUrl: string | null;
  readonly failing: (
    target: Target,
    failure: { readonly error: CapstanError; readonly again: boolean } | null,
  ) => void;
}

export interface Notifier {
  /** To be called with each event of the engine. Returns at once. */
  readonly onEvent: (event: Event) => void;
  /** Something that no event tells of. */
  readonly see: (seen: Seen) => void;
  /** Sends what waits. May be called twice. */
  stop(): Promise<void>;
}

/** What ends without an event is looked for this often, while people believe that it lasts. */
const lookEveryMs = 15_000;

export function createNotifier(options: NotifierOptions): Notifier {
  const { clock, facts, publicUrl, targets } = options;
  const judge = createJudge(options);
  const deliveries = targets.map((target) =>
    createDelivery({
      ...options,
      target,
      failing: (failure) => {
        options.failing(target, failure);
      },
    }),
  );
  let cancelTimer: (() => void) | null = null;
  let stopped = false;

  function pageOf(subject: Subject): string | null {
    if (publicUrl === null) return null;
    const stack = stackOf(subject);
    return stack === null ? `${publicUrl}/stacks` : `${publicUrl}/stacks/${stack}`;
  }

  function noticeOf(news: News): Notice {
    const { kind, subject, atMs } = news;
    const stack = stackOf(subject);
    const labels = stack === null ? {} : facts.labelsOf(stack);
    const url = pageOf(subject);
    const text = kind === "drift" ? `Set back to what Git says: ${news.text}` : news.text;
    return { kind, subject, stack, labels, title: titleOf(news), text, url, atMs };
  }

  /** Whether trouble without an end of its own has ended. */
  function isOver(subject: Subject): boolean {
    switch (subject.type) {
      case "git":
        return facts.isGitDown() === false;
      case "dokploy":
        return facts.isDokployDown() === false;
      case "file":
        return facts.brokenFiles()?.includes(subject.file) === false;
      case "stack":
      case "drift":
      case "certificate":
        return false;
    }
  }

  function lookForEnds(): boolean {
    let isWatching = false;
    for (const subject of judge.troubled()) {
      if (subject.type !== "git" && subject.type !== "dokploy" && subject.type !== "file") continue;
      if (isOver(subject)) {
        judge.see({ subject, condition: "fine", text: "", atMs: clock.now(), holdMs: 0 });
      } else {
        isWatching = true;
      }
    }
    return isWatching;
  }

  function turn(): void {
    if (stopped) return;
    const isWatching = lookForEnds();
    const nowMs = clock.now();
    const notices = judge.due(nowMs).map(noticeOf);
    if (notices.length > 0) for (const delivery of deliveries) delivery.add(notices);
    cancelTimer?.();
    const dueMs = judge.nextDueMs();
    const times = [
      ...(dueMs === null ? [] : [dueMs - nowMs]),
      ...(isWatching ? [lookEveryMs] : []),
    ];
    cancelTimer = times.length === 0 ? null : clock.after(Math.max(0, Math.min(...times)), turn);
  }

  function forget(subject: Subject): void {
    judge.forget(subject);
    for (const delivery of deliveries) delivery.forget(subject);
  }

  /** What did not reach anybody is not known to people: the next process tells it if it still is so. */
  function keepUntold(): void {
    for (const { kind, subject, atMs } of deliveries.flatMap((one) => one.undelivered())) {
      options.keep(subject, kind === "recovery" ? { condition: "failing", atMs } : null);
    }
  }

  const see = (seen: Seen): void => {
    judge.see(seen);
    turn();
  };

  // An earlier process told of trouble that may be over.
  turn();

  return {
    see,
    onEvent(event) {
      const seen = observe(event);
      if (seen === null) {
        if (event.kind === "revision") turn();
        return;
      }
      const { atMs, message: text } = event;
      switch (seen.type) {
        case "seen": {
          const { subject, condition, holdMs } = seen;
          // The outage is told once, not for each stack; what fails afterwards as well has other words, and an event.
          const isOutage = event.outcome?.kind === "failed" && facts.isDokployDown() === true;
          if (isOutage) return;
          see({ subject, condition, holdMs, text: condition === "fine" ? "" : text, atMs });
          return;
        }
        case "drift":
          judge.drift(seen.stack, seen.fields, atMs);
          turn();
          return;
        case "gone":
          forget(seen.subject);
          if (seen.subject.type === "stack") forget({ type: "drift", stack: seen.subject.stack });
          return;
      }
    },
    async stop() {
      const isFirst = !stopped;
      if (isFirst) turn();
      stopped = true;
      cancelTimer?.();
      await Promise.all(deliveries.map((delivery) => delivery.stop()));
      if (isFirst) keepUntold();
    },
  };
}

/** Sends one message to each target at once; how each went, in order. */
export function sendTests(
  options: Pick<NotifierOptions, "targets" | "instance" | "send" | "newId" | "publicUrl"> & {
    readonly clock: Pick<Clock, "now">;
  },
): Promise<readonly { readonly target: Target; readonly error: CapstanError | null }[]> {
  const atMs = options.clock.now();
  const notice: Notice = {
    kind: "recovery",
    subject: { type: "dokploy" },
    stack: null,
    labels: {},
    title: "Capstan can reach you here",
    text: "`capstan notify --test` sent this.",
    url: options.publicUrl,
    atMs,
  };
  return Promise.all(
    options.targets.map(async (target) => {
      const { instance } = options;
      const made = { id: options.newId(), instance, notices: [notice], dropped: 0, isTest: true };
      const message: Message = { ...made, atMs };
      try {
        await options.send(target.way, message, new AbortController().signal);
        return { target, error: null };
      } catch (error) {
        return { target, error: toCapstanError(error) };
      }
    }),
  );
}
