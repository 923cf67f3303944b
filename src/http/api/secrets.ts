// Which secrets there are and who uses them; names only.
import { reads } from "./endpoint.ts";
import { noQuery } from "./input.ts";
import { secretList } from "./shapes/secrets.ts";

const list = reads({
  path: "/secrets",
  id: "listSecrets",
  tag: "Controller",
  summary: "Which secrets there are, where they stand and which stacks use them; no values",
  description: "What stacks ask for and do not get is among them, and so is what nobody uses.",
  query: noQuery,
  answer: secretList,
  handle: (_, { engine }) => engine.secrets(),
});

export const secretRoutes = [list];
