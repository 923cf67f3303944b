// The runs of the Git host's CI that build images.
import { buildViews, runsListed } from "./build-views.ts";
import { reads } from "./endpoint.ts";
import { noQuery } from "./input.ts";
import { buildList } from "./shapes/answers.ts";
import { mustBeRead } from "./stack-reads.ts";

const builds = reads({
  path: "/builds",
  id: "listBuilds",
  tag: "Builds",
  summary: "The newest runs of the workflows that build images",
  query: noQuery,
  answer: buildList,
  async handle(_, { engine }) {
    mustBeRead(engine);
    const all = await engine.builds();
    return { builds: buildViews(all, runsListed), total: all.length };
  },
});

export const buildRoutes = [builds];
