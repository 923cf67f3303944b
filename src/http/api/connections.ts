// Whether the systems that Capstan depends on are reachable and set up as they must be.
import { CapstanError } from "../../lib/errors.ts";
import { reads } from "./endpoint.ts";
import { noQuery } from "./input.ts";
import { connectionList } from "./shapes/proposal.ts";

const list = reads({
  path: "/connections",
  id: "testConnections",
  tag: "Controller",
  summary: "Whether Dokploy, Git and all else that is set up can be reached and used",
  description: "The same as `capstan doctor` finds. Several who ask at once share one look.",
  query: noQuery,
  answer: connectionList,
  async handle(_, { connections }) {
    if (connections === null) {
      throw new CapstanError("unavailable", "connections cannot be tested here", {
        hint: "ask a controller that `capstan run` started",
      });
    }
    const found = await connections();
    return { ok: found.every(({ status }) => status !== "fail"), connections: found };
  },
});

export const connectionRoutes = [list];
