// What services print: the last lines, or each as it comes.
import { CapstanError } from "../../lib/errors.ts";
import { serviceTitle } from "../../plan/render/words.ts";
import { cleaned } from "./cleaned.ts";
import { reads } from "./endpoint.ts";
import { logsQuery } from "./input.ts";
import { logLine } from "./log-lines.ts";
import type { TailNews } from "./log-tail.ts";
import { logs as shape } from "./shapes/answers.ts";
import { connectionOf, openOrRefuse } from "./sse.ts";
import type { SseMessage } from "./sse.ts";
import { findStack } from "./stack-reads.ts";
import { logsView } from "./views.ts";

function messages(news: TailNews): readonly SseMessage[] {
  if (news.kind !== "lines") return [{ event: news.kind, data: { message: news.message } }];
  return news.logs.map(({ service, lines }) => ({
    event: "lines",
    data: { service, name: serviceTitle(service), lines: lines.map(logLine) },
  }));
}

const logs = reads({
  path: "/stacks/:name/logs",
  id: "getLogs",
  tag: "Stacks",
  summary: "The last lines that services printed",
  description:
    "With `Accept: text/event-stream` new lines as they come: `lines` ({service, name, lines: [{at, text}]}), `problem` ({message}; it is tried again) and `end` ({message}).",
  needs: "owner",
  query: logsQuery,
  answer: shape,
  errors: [502],
  async handle({ param, query: { service, lines } }, { engine }) {
    return { logs: logsView(await engine.logs(param("name"), service ?? null, lines)) };
  },
  stream: {
    description: "The last lines, or a stream of them",
    open({ param, query: { service, lines }, context, person }, parts) {
      const name = param("name");
      findStack(parts.engine, name);
      return openOrRefuse(parts.streams, person.id, connectionOf(context), (send, end) => {
        const unfollow = parts.tails.follow(name, service ?? null, lines, (news) => {
          send(...messages(news).map((one) => cleaned(one, parts.redact)));
          if (news.kind === "end") end();
        });
        if (unfollow !== null) return unfollow;
        throw new CapstanError("rate-limited", "too many logs are followed already", {
          hint: "close one of them, or ask without `Accept: text/event-stream`",
          retryAfterMs: 30_000,
        });
      });
    },
  },
});

export const logRoutes = [logs];
