// Exchanges of the app with Stash: its GraphQL requests and their answers, newest last

const KEPT = 60;
// Queries without whose answers the app shows no page, or one without what stashbot needs of it.
const ESSENTIAL = ["SystemStatus", "Configuration", "FindScene", "ListSceneScrapers"];
// Operations whose answers are kept whole.
const BODIES = new RegExp(`^(Scrape|Scene|Studio|Performer|Tag|Group|Bulk|(${ESSENTIAL.join("|")})$)`);
const exchanges = [];
const listeners = new Set();
let sequence = 0; // of the last request
const notify = () => listeners.forEach((listener) => listener());

const rebuilt = ({ status, statusText, headers }, text) =>
  new Response(text, { status, statusText, headers });

// What is wrong with an answer, in the words of the app's own messages; "" if nothing is.
const faultOf = ({ state, status, payload, detail }) => {
  if (state === "failed") return detail || "Failed to fetch";
  if (status === 429 || status >= 500) return `Received status code ${status}`;
  if (state === "garbled") return "the answer is no JSON";
  if (!payload) return "";
  if (payload.errors) return payload.errors.map((error) => error.message).join("; ");
  return payload.data ? "" : "the answer is without data";
};
// {operation, fault} of the first essential query whose last answer is bad; undefined if none is.
const badEssential = () => {
  for (const operation of ESSENTIAL) {
    const last = exchanges.findLast((entry) => entry.operation === operation);
    if (last && last.state !== "pending" && faultOf(last)) return { operation, fault: faultOf(last) };
  }
  return undefined;
};

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
