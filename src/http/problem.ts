// Errors over HTTP as RFC 9457 problem details.

export const problemType = "application/problem+json";

const titles: Readonly<Record<number, string>> = {
  404: "Not Found",
  405: "Method Not Allowed",
  413: "Content Too Large",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/** `detail` is one sentence for people, without secrets. */
export function problem(
  status: number,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const title = titles[status] ?? "Error";
  return Response.json(
    { type: "about:blank", title, status, detail },
    { status, headers: { ...headers, "Content-Type": problemType } },
  );
}
