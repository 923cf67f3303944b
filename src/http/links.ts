// Addresses of pages elsewhere that the API and the pages link to: the Git host's and Dokploy's.
import type { ServiceKind } from "../model/observed.ts";

/** Null where there is no such page, or nobody told its address. */
export interface Links {
  commit(sha: string): string | null;
  line(sha: string, file: string, line: number): string | null;
  pull(number: number): string | null;
  environment(projectId: string, environmentId: string): string | null;
  service(projectId: string, environmentId: string, kind: ServiceKind, id: string): string | null;
}

export const noLinks: Links = {
  commit: () => null,
  line: () => null,
  pull: () => null,
  environment: () => null,
  service: () => null,
};
