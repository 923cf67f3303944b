// How much Dokploy takes in one request: a longer body is refused and the connection reset.

export const largestRequestBytes = 1_000_000;
