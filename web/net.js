// Every request of this thread, in one place: what the product asks goes through `call`, and what the browser loads
// for it is seen by a PerformanceObserver, which so checks that nothing goes past.

/** Most requests that are remembered; the oldest make room. */
const MAX_CALLS = 20_000;

/** Difference between the clock of the page and 1970. */
const BEGAN = performance.timeOrigin;

const calls = [];
const seen = [];

new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) keep(seen, entry);
}).observe({ type: "resource", buffered: true });

function keep(list, entry) {
  list.push(entry);
  if (list.length > MAX_CALLS) list.splice(0, MAX_CALLS / 10);
}

/** Performs a request; `purpose` says what it is for, and for which connection. */
export async function call(address, options, purpose) {
  const url = new URL(address, globalThis.location.href);
  const call = {
    url: url.href,
    began: performance.now(),
    method: options.method ?? "GET",
    sent: options.body?.byteLength ?? 0,
    received: 0,
    status: 0,
    millis: 0,
    purpose,
  };
  keep(calls, call);
  try {
    const response = await fetch(url, { credentials: "omit", referrerPolicy: "no-referrer", cache: "no-store", ...options });
    call.status = response.status;
    return { response, count: (n) => count(call, n) };
  } finally {
    call.millis = performance.now() - call.began;
  }
}

function count(call, n) {
  call.received += n;
  call.millis = performance.now() - call.began;
}

/** All requests so far, in the words of the protocol. */
export function entries(byWorker) {
  const rows = calls.map((call) => row(call.url, call.began, call.millis, { ...call, byWorker }));
  // What was asked here shows up there too: each once.
  const own = new Map();
  for (const call of calls) own.set(call.url, (own.get(call.url) ?? 0) + 1);
  for (const entry of seen) {
    const left = own.get(entry.name) ?? 0;
    if (left > 0 && entry.initiatorType === "fetch") {
      own.set(entry.name, left - 1);
      continue;
    }
    if (!/^https?:/.test(entry.name)) continue;
    const isSite = new URL(entry.name).origin === new URL(import.meta.url).origin;
    const purpose = [isSite ? "site" : "other", ""];
    const bytes = { method: "GET", sent: 0, received: entry.encodedBodySize, status: entry.responseStatus ?? 0 };
    rows.push(row(entry.name, entry.startTime, entry.duration, { ...bytes, purpose, byWorker }));
  }
  return rows.sort((a, b) => a.at_millis - b.at_millis);
}

function row(address, began, millis, { method, status, sent, received, purpose, byWorker }) {
  const url = new URL(address);
  return {
    at_millis: BEGAN + began,
    method,
    host: url.host,
    path: url.pathname,
    status,
    bytes: [sent, received],
    millis,
    purpose,
    by_worker: byWorker,
  };
}
