// GraphQL over HTTP, as Stash's page speaks it.

export class StoreReset extends Error {
  constructor() {
    super(
      "An error occurred! For more details, see the full error text at " +
        "https://go.apollo.dev/c/err#%7B%22message%22%3A42%7D",
    );
  }
}

let generation = 0;
export const resetGeneration = () => (generation += 1);

// Send an operation; resolves with its data. A query that is under way while the store is reset is
// rejected, although the server carries it out. Without a session the page leaves for the login.
export async function send(operationName, query, variables = {}) {
  const started = generation;
  const answer = await fetch("/graphql", {
    method: "POST",
    headers: { accept: "*/*", "content-type": "application/json" },
    body: JSON.stringify({ operationName, variables, query }),
  });
  if (answer.status === 401) {
    const here = location.pathname + location.search;
    location.href = `/login?returnURL=${encodeURIComponent(here)}`;
    return new Promise(() => {});
  }
  const text = await answer.text();
  let body;
  try {
    body = JSON.parse(text);
  } catch (error) {
    if (answer.status >= 300) throw statusError(answer.status);
    throw error;
  }
  if (query.startsWith("query") && started !== generation) throw new StoreReset();
  if (answer.status >= 300) throw statusError(answer.status);
  if (body.errors?.length) {
    const error = new Error(body.errors.map((one) => one.message).join("\n"));
    error.data = body.data;
    throw error;
  }
  return body.data;
}

function statusError(status) {
  return new Error(`Response not successful: Received status code ${status}`);
}
