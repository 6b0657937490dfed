// Exchanges of the app with Stash: its GraphQL requests and their answers, newest last

const KEPT = 60;
// Operations whose answers are kept whole.
const BODIES = /^(Scrape|Scene|Studio|Performer|Tag|Group|Bulk|ListSceneScrapers$)/;
const exchanges = [];
const listeners = new Set();
let sequence = 0; // of the last request
const notify = () => listeners.forEach((listener) => listener());

const rebuilt = ({ status, statusText, headers }, text) =>
  new Response(text, { status, statusText, headers });

const originalFetch = window.fetch;
window.fetch = function fetch(input, init) {
  const promise = originalFetch.apply(this, arguments);
  const body = init && typeof init.body === "string" ? init.body : null;
  const url = typeof input === "string" ? input : (input && input.url) || "";
  if (!body || !/\/graphql(\?|$)/.test(url)) return promise;
  let request;
  try {
    request = JSON.parse(body);
  } catch {
    return promise;
  }
  const entry = {
    seq: ++sequence,
    operation: request.operationName || "",
    variables: request.variables || {},
    state: "pending",
    status: 0,
    payload: null,
    detail: "",
    retryAfter: "",
    started: performance.now(),
    elapsed: 0,
  };
  exchanges.push(entry);
  if (exchanges.length > KEPT) exchanges.shift();
  notify();
  const end = (state, fields) => {
    Object.assign(entry, { state, elapsed: Math.round(performance.now() - entry.started) }, fields);
    notify();
  };
  // The app aborts its request's signal once it has read the answer, and a clone with it. So the
  // body is read here, once, and the app gets a new Response with the same text.
  const keeps = BODIES.test(entry.operation);
  return promise.then(
    async (response) => {
      entry.retryAfter = response.headers.get("Retry-After") || "";
      if (!keeps && response.ok) {
        end("done", { status: response.status });
        return response;
      }
      let text;
      try {
        text = await response.text();
      } catch (error) {
        end("failed", { status: response.status, detail: String(error).slice(0, 300) });
        throw error;
      }
      if (response.headers.has("x-stashbot-door")) {
        end("failed", { detail: text.slice(0, 300) });
        return rebuilt(response, text);
      }
      try {
        end("done", { status: response.status, payload: JSON.parse(text) });
      } catch {
        end("garbled", { status: response.status, detail: text.slice(0, 300) });
      }
      return rebuilt(response, text);
    },
    (error) => {
      end("failed", { detail: String(error).slice(0, 300) });
      throw error;
    },
  );
};
