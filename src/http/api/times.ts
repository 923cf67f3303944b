// Times as the API writes them.

export function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
