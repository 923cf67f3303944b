// Everything that tells why a stack is as it is, in one answer: for agents, and for people in a hurry. What
// cannot be read now is named instead of failing the whole.
import { describeError, isCapstanError } from "../../lib/errors.ts";
import type { Person } from "../../model/person.ts";
import { serviceTitle } from "../../plan/render/words.ts";
import { readCommit } from "./commits.ts";
import { reads } from "./endpoint.ts";
import { noQuery } from "./input.ts";
import type { ApiParts } from "./parts.ts";
import { explanation } from "./shapes/proposal.ts";
import type { ExplanationView } from "./shapes/proposal.ts";
import { stackSummary } from "./shapes/stack.ts";
import { readStack } from "./stack-detail.ts";
import type { DetailView } from "./view-types.ts";
import { eventView, problemsShown, problemView } from "./views.ts";

const linesShown = 40;
const eventsShown = 20;

function newestRollouts({ rollouts }: DetailView): ExplanationView["rollouts"] {
  const seen = new Set<string>();
  return rollouts
    .filter(({ service }) => !seen.has(service) && seen.add(service))
    .map((one) => ({ ...one, log: one.log.slice(-linesShown) }));
}

/** Throws `not-found` for a stack that is not known; whatever else fails is named in `missing`. */
export async function readExplanation(
  name: string,
  person: Person,
  parts: ApiParts,
): Promise<ExplanationView> {
  const { engine, feed, links } = parts;
  const detail = await readStack(name, person, parts);
  const missing: string[] = [];
  const orMissing = async <T>(what: string, read: () => Promise<T>, instead: T): Promise<T> => {
    try {
      return await read();
    } catch (error) {
      if (!isCapstanError(error) || error.code === "internal") throw error;
      missing.push(`${what}: ${describeError(error)}`);
      return instead;
    }
  };
  const containers = await orMissing("containers", () => engine.containers(name), []);
  const logs = await orMissing("logs", () => engine.logs(name, null, linesShown), []);
  const sha = detail.commit?.sha ?? null;
  const commit = await orMissing(
    "commit",
    async () => (sha === null ? null : readCommit(sha, parts)),
    null,
  );
  const { problems, revision } = engine.state();
  return {
    // What only the details have is left out.
    stack: stackSummary.parse(detail),
    conditions: detail.conditions,
    rollouts: newestRollouts(detail),
    containers: containers.map(({ service, containers: tasks }) => ({
      service: serviceTitle(service),
      containers: tasks.map(({ state, failed, error, ageMs }) => ({
        state,
        failed,
        error,
        ageSeconds: Math.round(ageMs / 1_000),
      })),
    })),
    logs: logs.map(({ service, lines }) => ({ service: serviceTitle(service), lines })),
    events: feed.recent({ stack: name }, eventsShown).map(eventView),
    // Of a commit that touched many stacks only this one's part.
    commit:
      commit === null
        ? null
        : {
            ...commit,
            checks: commit.checks.filter(({ stack }) => stack === null || stack === name),
            problems: commit.problems.filter(({ stack }) => stack === name),
          },
    problems: problems
      .filter(({ stack }) => stack === name)
      .slice(0, problemsShown)
      .map((one) => problemView(one, revision, links)),
    missing,
  };
}

const explain = reads({
  path: "/stacks/:name/explanation",
  id: "explainStack",
  tag: "Stacks",
  summary: "Why a stack is as it is: rollouts with logs, containers, events and the commit",
  needs: "owner",
  query: noQuery,
  answer: explanation,
  handle: ({ param, person }, parts) => readExplanation(param("name"), person, parts),
});

export const explanationRoutes = [explain];
