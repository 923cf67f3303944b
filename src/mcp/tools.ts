// All tools, in the order in which agents see them.
import { changeTools } from "./tools/changes.ts";
import { portalTools } from "./tools/portal.ts";
import { stackTools } from "./tools/stacks.ts";
import type { Tool } from "./tool.ts";

export const tools: readonly Tool[] = [...portalTools, ...stackTools, ...changeTools];
