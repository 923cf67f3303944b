// The API of a controller as Capstan's own programs ask it: in the same process, or over HTTP.

export interface ApiRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** With its query, below `/api`: `/v1/stacks?limit=50`, `/check/zoe`. */
  readonly path: string;
  readonly body?: object;
}

/** The answer as JSON. Throws CapstanError, with the problem's detail and hint, for whatever is none. */
export type AskApi = (request: ApiRequest) => Promise<unknown>;
